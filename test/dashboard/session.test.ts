import t from 'tap'
import { type Face, nextOf, readFace, stageOf, widthOf } from '../../dashboard/lib/clocks.ts'
import { nameOfFace, titleAt } from '../../dashboard/lib/faces.ts'
import { entriesOf, inferEvent, placeAt, spansOf, turnsOf } from '../../dashboard/pages/session/entries.ts'
import { wordsOf } from '../../dashboard/pages/session/words.ts'
import { create } from '../../engine/session/create.ts'
import type { SessionEvent as EngineEvent } from '../../engine/session/event.ts'
import type { NewSession, SessionState } from '../../engine/session/state.ts'
import { apply, type Command, settle } from '../../engine/session/transitions.ts'
import { toWire } from '../../plugins/sessions/codec.ts'
import type { Session, SessionEvent } from '../../sdk/index.ts'
import { newSession, type Settings } from '../helpers/sessions.ts'

const START = Date.UTC(2026, 0, 1)

/** Plays a session on the server's own engine: each step is at a second after START. */
function play(settings: Settings, steps: [at_s: number, type: Command['type'] | 'look', next?: number][]) {
  const body = newSession(settings) as unknown as NewSession
  const players = body.participants.map((each) => each.participant_id)
  let state: SessionState = create(body, 1, START)
  const events = [toEvent(state, { type: 'session.created', at: START })]
  for (const [at_s, type, next] of steps) {
    const at = START + at_s * 1000
    const due = settle(state, at, 100)
    const before = due.at(-1)?.state ?? state
    const turn = next === undefined ? {} : { next_participant_id: players[next] as string }
    const step = type === 'look' ? null : apply(before, { type, ...turn } as Command, at)
    for (const each of [...due, ...(step ? [step] : [])]) {
      state = each.state
      events.push(toEvent(state, each.event))
    }
  }
  return { session: toWire(state) as Session, events, players, at: (s: number) => START + s * 1000 }
}

function toEvent(state: SessionState, event: Partial<EngineEvent>): SessionEvent {
  const { participant_id = null, expired_participant_id = null, type = '', at = 0 } = event
  const turn = state.participants.find((each) => each.participant_id === participant_id)
  return {
    ...{ session_id: state.session_id, epoch: 1, version: state.version, type, participant_id },
    ...{ expired_participant_id, at: new Date(at).toISOString() },
    time_remaining_ms: turn?.time_remaining_ms ?? null,
    time_used_ms: turn?.time_used_ms ?? null,
    state: toWire(state) as Session,
  }
}

const GROUPS = ['a', 'b'].map((letter) => `${letter.repeat(8)}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`)

t.test('each mode has its clocks: one above all, some of equal rank, people without', async (t) => {
  const shape = (settings: Settings) => {
    const { hero, faces, people } = stageOf(play(settings, [[0, 'start']]).session)
    return [hero?.members.length ?? 0, faces.map((face) => face.members.length), people.length]
  }
  const totals = (n: number) => ({ totals: Array.from({ length: n }, () => 60_000) })
  t.same(shape(totals(1)), [1, [], 0])
  t.same(shape(totals(2)), [0, [1, 1], 0])
  t.same(shape(totals(12)), [0, Array(12).fill(1), 0])
  t.same(shape(totals(13)), [1, Array(13).fill(1), 0], 'a crowd has the running one above it')
  const groups = [GROUPS[0], GROUPS[1], GROUPS[0], undefined]
  t.same(shape({ ...totals(4), sync_mode: 'per_group', groups }), [0, [2, 1, 1], 0])
  t.same(shape({ ...totals(3), sync_mode: 'per_cycle' }), [1, [], 3])
  t.same(shape({ ...totals(3), sync_mode: 'global' }), [3, [], 3])
  t.same(shape({ ...totals(1), sync_mode: 'global' }), [1, [], 0])
  t.same(shape({ ...totals(3), sync_mode: 'count_up' }), [3, [1, 1, 1], 0])
})

t.test('a clock says when it is low, when it is over, and by how much', async (t) => {
  const { session, at } = play({ totals: [100_000, 100_000] }, [[0, 'start']])
  const [face] = stageOf(session).faces as [Face]
  const read = (s: number) => readFace(session, face, at(s))
  t.same(read(0), { text: '1:40', level: 'fine', share: 1 })
  t.match(read(0.001), { text: '1:40' }, 'a second is shown until it is over')
  t.match(read(79.9), { text: '0:21', level: 'fine' })
  t.match(read(80), { text: '0:20', level: 'low' })
  t.match(read(80.01), { text: '20.0', level: 'low' })
  t.match(read(90.2), { text: '9.8', level: 'critical' })
  t.match(read(99.999), { text: '0.1', level: 'critical' })
  t.same(read(100), { text: '0.0', level: 'out', share: 0 })
  t.match(read(100.9), { text: '0.0' })
  t.match(read(112.9), { text: '+0:12', level: 'out' })
  t.ok(widthOf('9.8') === widthOf('0:09'), 'what is shorter is not larger')
  t.ok(widthOf('1:00:00') > widthOf('10:00'))
  t.match(titleAt(session, at(90.2)), /^9 Participant 1 · A clock each/)
})

t.test('what lay past zero stays with its clock, or with its turn where each has one', async (t) => {
  const own = play({ totals: [5000, 60_000] }, [
    [0, 'start'],
    [8, 'switch'],
  ])
  const text = ({ session, at }: typeof own, s: number) => {
    const { hero, faces } = stageOf(session)
    return readFace(session, (hero ?? faces[0]) as Face, at(s)).text
  }
  t.equal(text(own, 20), '+0:03')
  const cycles = { sync_mode: 'per_cycle', totals: [5000, 5000] }
  const turn = play(cycles, [
    [0, 'start'],
    [8, 'switch'],
    [20, 'look'],
  ])
  t.equal(text(turn, 20), '+0:07')
  const next = play(cycles, [
    [0, 'start'],
    [8, 'switch'],
    [15, 'switch'],
  ])
  t.equal(text(next, 16), '4.0')
  const all = play({ sync_mode: 'global', total_time_ms: 5000 }, [
    [0, 'start'],
    [9, 'look'],
  ])
  t.equal(text(all, 9), '0.0', 'which ends with the time of all')
})

t.test('a stopwatch counts up, for one and for all, and stops at its limit', async (t) => {
  const { session, at } = play({ sync_mode: 'count_up', max_time_ms: 30_000 }, [
    [0, 'start'],
    [10, 'switch'],
    [20, 'look'],
  ])
  const { hero, faces } = stageOf(session) as unknown as { hero: Face; faces: readonly [Face, Face] }
  t.same(readFace(session, hero, at(20.25)), { text: '0:20.2', level: 'fine', share: null })
  t.match(readFace(session, faces[1], at(20.25)), { text: '0:10.2', level: 'fine' })
  t.match(readFace(session, faces[1], at(35)), { text: '0:25.0', level: 'critical' })
  t.match(readFace(session, faces[1], at(99)), { text: '0:30.0', level: 'out' })
  t.equal(nameOfFace(session, hero), 'In total')
})

t.test('who comes next is told as long as there is a turn to pass', async (t) => {
  const { session, players } = play({ totals: [1000, 60_000, 60_000] }, [[0, 'start']])
  t.equal(nextOf(session), players[1])
  t.equal(nextOf({ ...session, status: 'pending', active_participant_id: null }), players[0])
  t.equal(nextOf({ ...session, status: 'completed', active_participant_id: null }), null)
})

const GAME: Parameters<typeof play>[1] = [
  [0, 'start'],
  [10, 'switch'],
  [15, 'pause'],
  [100, 'resume'],
  [102, 'switch'],
  [130, 'switch', 1],
  [131, 'complete'],
]

t.test('events tell how long turns took, pauses left out, and whose clock ran when', async (t) => {
  const { events, players, at, session } = play({ totals: [60_000, 60_000] }, GAME)
  const [ada, bo] = players
  const entries = entriesOf(events)
  t.same(
    entries.map(({ event, turn_ms, to }) => [event.type.slice(8), turn_ms, to]),
    [
      ['created', null, null],
      ['started', null, ada],
      ['switched', 10_000, bo],
      ['paused', null, null],
      ['resumed', null, null],
      ['switched', 7000, ada],
      ['switched', 28_000, bo],
      ['completed', 1000, null],
    ],
  )
  t.same(spansOf(entries, at(500)), [
    { participant_id: ada, from: at(0), to: at(10) },
    { participant_id: bo, from: at(10), to: at(15) },
    { participant_id: bo, from: at(100), to: at(102) },
    { participant_id: ada, from: at(102), to: at(130) },
    { participant_id: bo, from: at(130), to: at(131) },
  ])
  t.same(turnsOf(entries).get(ada ?? ''), { longest_ms: 28_000, average_ms: 19_000 })
  t.equal(placeAt(entries, at(-5)), 0)
  t.equal(placeAt(entries, at(10)), 2)
  t.equal(placeAt(entries, at(14.9)), 2)
  t.equal(placeAt(entries, at(999)), 7)
  t.same(entries.map((entry) => wordsOf(session, entry)).slice(0, 4), [
    'Created',
    'Started: Participant 1 begins',
    'Participant 1 → Participant 2',
    'Paused',
  ])
})

t.test('where the beginning is missing, a turn that was under way has no length', async (t) => {
  const { events } = play({ totals: [60_000, 60_000] }, GAME)
  t.same(
    entriesOf(events.slice(4)).map(({ turn_ms }) => turn_ms),
    [null, null, 28_000, 1000],
  )
})

t.test('what the audit log has not told yet is read from the states', async (t) => {
  const games = [
    play({ totals: [60_000, 60_000] }, GAME),
    play({ totals: [5000, 60_000] }, [
      [0, 'start'],
      [9, 'switch'],
      [10, 'complete'],
    ]),
    play({ totals: [5000, 60_000], auto_advance: true }, [
      [0, 'start'],
      [9, 'switch'],
    ]),
    play({ totals: [5000, 5000], action_on_timeout: { type: 'end_session' } }, [
      [0, 'start'],
      [9, 'look'],
    ]),
    play({ sync_mode: 'per_cycle', totals: [5000, 5000], auto_advance: true }, [
      [0, 'start'],
      [19, 'pause'],
    ]),
  ]
  for (const { events } of games) {
    for (const [i, event] of events.entries()) {
      const before = events[i - 1]?.state
      if (!before || !event.state) continue
      t.same(inferEvent(before, event.state), { ...event, epoch: 0 }, event.type)
    }
  }
  const { events } = games[0] as (typeof games)[number]
  t.equal(inferEvent(events[1]?.state as Session, events[3]?.state as Session), null, 'not what lies between')
})

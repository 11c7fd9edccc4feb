import t from 'tap'
import { evolve, type SessionEvent } from '../../../engine/session/event.ts'
import type { SessionState } from '../../../engine/session/state.ts'
import { remove, resync } from '../../../engine/session/transitions.ts'
import { type Config, p, play, T0 } from './play.ts'

const eventsOf = (config: Config, script: string): SessionEvent[] =>
  play(config, script).moments.flatMap(({ event }) => event ?? [])

t.test('an event tells whose turn it was and what is different now, and no more', async (t) => {
  const [created, started, switched, paused] = eventsOf({}, 'start, 3000 switch, 500 pause')
  t.match(created, { type: 'session.created', version: 1, at: T0, participant_id: null })
  t.equal(created?.participants.length, 2, 'all participants at the creation')
  t.strictSame(started, {
    type: 'session.started',
    version: 2,
    at: T0,
    participant_id: null,
    expired_participant_id: null,
    changes: {
      status: 'running',
      version: 2,
      active_participant_id: 'a',
      cycle_started_at: T0,
      cycle_deadline_at: T0 + 10_000,
      session_started_at: T0,
    },
    participants: [],
  })
  t.match(switched, { version: 3, at: T0 + 3000, participant_id: 'a', expired_participant_id: null })
  t.strictSame(switched?.changes, {
    version: 3,
    active_participant_id: 'b',
    cycle_started_at: T0 + 3000,
    cycle_deadline_at: T0 + 13_000,
    updated_at: T0 + 3000,
  })
  t.match(switched?.participants, [{ participant_id: 'a', time_used_ms: 3000 }])
  t.equal(switched?.participants.length, 1, 'only the participant that has changed')
  t.match(paused, { participant_id: 'b', changes: { status: 'paused', cycle_started_at: null } })
})

t.test('it names who had run out of time', async (t) => {
  const cycle = { sync_mode: 'per_cycle', time_per_cycle_ms: 1000 } as const
  const last = (config: Config, script: string) => {
    const { type, participant_id, expired_participant_id } = eventsOf(config, script).at(-1) as SessionEvent
    return [type, participant_id, expired_participant_id]
  }
  t.strictSame(last({}, 'start, 10000 wait'), ['session.turn_expired', 'a', 'a'])
  t.strictSame(last({}, 'start, 10000 switch'), ['session.switched', 'a', 'a'])
  t.strictSame(last({}, 'start, 10000 switch, 5 switch'), ['session.switched', 'b', null])
  t.strictSame(last(cycle, 'start, 1000 switch a'), ['session.switched', 'a', 'a'], 'though a new turn began')
  const alone = { ...cycle, participants: [p('a')], auto_advance: true }
  t.strictSame(
    last(alone, 'start, 1000 wait'),
    ['session.advanced', 'a', 'a'],
    'though the same has a new turn',
  )
})

t.test('the events of a session make its state again', async (t) => {
  const script = 'start, 3000 switch, 500 pause, 9 resume, 20000 switch, 3000 complete'
  const { state } = play({ increment_ms: 100 }, script)
  const fold = eventsOf({ increment_ms: 100 }, script).reduce<SessionState | null>(evolve, null)
  t.strictSame(fold, state)
})

t.test('what is left after a loss is told as a whole, above what anybody has seen', async (t) => {
  const { state } = play({}, 'start, 3000 switch')
  for (const [seen, now, version, at] of [
    [7, T0 + 4000, 8, T0 + 4000],
    [2, T0 + 4000, 4, T0 + 4000],
    [7, T0 + 99_000, 8, T0 + 13_000],
  ] as const) {
    const step = resync(state, seen, now)
    t.strictSame(step.state, { ...state, version, updated_at: at })
    t.match(step.event, {
      type: 'session.resynced',
      version,
      at,
      participant_id: 'b',
      expired_participant_id: null,
    })
    t.strictSame(evolve(play({}, 'start, 9 pause').state, step.event), step.state, 'whatever was before')
  }
  const paused = play({}, 'start, 3000 pause').state
  t.strictSame(resync(paused, 7, T0 + 99_000).state, { ...paused, version: 8, updated_at: T0 + 99_000 })
})

t.test('a deletion is an event of its own, after which there is nothing', async (t) => {
  const { state } = play({}, 'start, 3000 switch')
  const event = remove(state, T0 + 4000)
  t.strictSame(event, {
    type: 'session.deleted',
    version: 4,
    at: T0 + 4000,
    participant_id: 'b',
    expired_participant_id: null,
    changes: {},
    participants: [],
  })
  t.equal(evolve(state, event), null)
})

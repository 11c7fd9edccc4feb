import { deepStrictEqual, equal, notEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { evolve } from '../../../engine/session/event.ts'
import type { NewSession, Participant, SessionState } from '../../../engine/session/state.ts'
import { apply, type Command, settle } from '../../../engine/session/transitions.ts'
import { decode, encode, fromWire, toWire } from '../../../plugins/sessions/codec.ts'
import { histories, openHistories, sessions, someone, wait } from './arbitraries.ts'
import { type Moment, type Move, T0, walk } from './play.ts'

/** Checks a property of random sessions; a failure tells the seed and path that repeat it. */
const each = (check: (session: NewSession, script: Move[]) => void, numRuns = 150) =>
  fc.assert(fc.property(sessions, histories, check), { numRuns })

const final = (moments: Iterable<Moment>): SessionState => [...moments].at(-1)?.state as SessionState
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
const length = (script: Move[]) => sum(script.map(([wait]) => wait))
const net = (p: Participant) => p.time_used_ms - p.overtime_ms

/** Which clock a participant plays on, told from the request alone. */
function clockOf({ sync_mode, participants }: NewSession, id: string): string {
  if (sync_mode === 'global') return 'the clock'
  const group = participants.find((p) => p.participant_id === id)?.group_id
  return sync_mode === 'per_group' && group ? `group ${group}` : id
}

t.test('time is conserved on every clock that is granted once', async () => {
  each((session, script) => {
    if (session.sync_mode === 'per_cycle') return
    const earns = session.sync_mode === 'per_participant' || session.sync_mode === 'per_group'
    const increments = new Map<string, number>()
    for (const { state, event } of walk(session, script)) {
      if (event?.type === 'session.switched' && event.expired_participant_id === null && earns) {
        const clock = clockOf(session, event.participant_id as string)
        increments.set(clock, (increments.get(clock) ?? 0) + (session.increment_ms ?? 0))
      }
      const clocks = Map.groupBy(state.participants, (p) => clockOf(session, p.participant_id))
      for (const [clock, members] of clocks) {
        const [granted, ...others] = new Set(members.map((p) => p.granted_time_ms))
        const [left, ...differing] = new Set(members.map((p) => p.time_remaining_ms))
        deepStrictEqual([others, differing], [[], []], 'members see one clock')
        equal((granted as number) + (increments.get(clock) ?? 0), (left as number) + sum(members.map(net)))
        ok((left as number) >= 0)
      }
    }
  })
})

t.test('time is conserved in every turn of its own', async () => {
  each((session, script) => {
    const perCycle: NewSession = { ...session, sync_mode: 'per_cycle' }
    let before = null as SessionState | null
    const atStart = new Map<string, number>()
    for (const { state, event } of walk(perCycle, script)) {
      const active = state.participants.find((p) => p.participant_id === state.active_participant_id)
      const turn = event?.participant_id
      const ended = before?.participants.find((p) => p.participant_id === turn)
      const after = state.participants.find((p) => p.participant_id === turn)
      if (ended && after && after.cycle_count > ended.cycle_count) {
        ok(net(after) - (atStart.get(after.participant_id) as number) <= after.granted_time_ms)
        atStart.delete(after.participant_id)
      }
      if (active) {
        if (!atStart.has(active.participant_id)) atStart.set(active.participant_id, net(active))
        const used = net(active) - (atStart.get(active.participant_id) as number)
        equal(active.granted_time_ms, active.time_remaining_ms + used)
        ok(active.overtime_ms === 0 || used >= 0)
      }
      before = state
    }
  })
})

t.test('used time is the time that really ran, and overtime only runs past zero', async () => {
  each((session, script) => {
    let ran = 0
    let before = null as SessionState | null
    const stops = session.sync_mode === 'count_up' && session.max_time_ms !== undefined
    for (const { state, event } of walk(session, script)) {
      if (before?.status === 'running' && event) ran += event.at - (before.cycle_started_at as number)
      const used = sum(state.participants.map((p) => p.time_used_ms))
      if (stops) ok(used <= ran && state.participants.every((p) => p.overtime_ms === 0))
      else equal(used, ran)
      for (const [i, p] of state.participants.entries()) {
        const over = p.overtime_ms - (before?.participants[i]?.overtime_ms ?? 0)
        ok(over >= 0)
        if (over > 0) equal(p.time_remaining_ms === 0 || session.sync_mode === 'per_cycle', true)
        if (over > 0 && event) equal(event.participant_id, p.participant_id)
      }
      before = state
    }
  })
})

t.test('what is accepted makes one version, what is refused or repeated none', async () => {
  each((session, script) => {
    let before = null as SessionState | null
    for (const { state, event } of walk(session, script)) {
      if (event) {
        notEqual(before?.status, 'completed')
        equal(state.version, (before?.version ?? 0) + 1)
        equal(event.version, state.version)
        equal(event.at, state.updated_at)
        notEqual(state, before)
      } else equal(state, before)
      before = state
    }
  })
})

t.test('at most one is active, and it is active_participant_id, on the wire too', async () => {
  each((session, script) => {
    for (const { state } of walk(session, script)) {
      const active = toWire(state).participants.filter((p) => p.is_active)
      const expected = state.active_participant_id === null ? [] : [state.active_participant_id]
      deepStrictEqual(
        active.map((p) => p.participant_id),
        expected,
      )
      equal(state.active_participant_id !== null, ['running', 'paused'].includes(state.status))
    }
  })
})

t.test('only running sessions have a cycle, and ended ones an end', async () => {
  each((session, script) => {
    for (const { state } of walk(session, script)) {
      equal(state.cycle_started_at !== null, state.status === 'running')
      ok(state.cycle_deadline_at === null || state.cycle_deadline_at >= (state.cycle_started_at ?? Infinity))
      equal(state.session_completed_at !== null, ['expired', 'completed'].includes(state.status))
      ok(state.status === 'pending' || state.status === 'completed' || state.session_started_at !== null)
    }
  })
})

t.test('turns are counted when they end, and each belongs to one participant', async () => {
  each((session, script) => {
    let ended = 0
    for (const { state, event } of walk(session, script)) {
      const over = ['session.switched', 'session.advanced', 'session.expired'].includes(event?.type ?? '')
      if (over || (event?.type === 'session.completed' && event.participant_id !== null)) ended++
      equal(sum(state.participants.map((p) => p.cycle_count)), ended)
    }
  })
})

t.test('pausing and resuming in one instant makes no difference', async () => {
  const property = fc.property(sessions, openHistories, wait, wait, fc.option(someone), (...given) => {
    const [session, script, first, second, next] = given
    const target = session.participants.some((p) => p.participant_id === next) ? next : null
    const command: Command =
      target === null ? { type: 'switch' } : { type: 'switch', next_participant_id: target }
    const before = final(walk(session, script))
    fc.pre(before.status === 'running')
    const pausable = settle(before, T0 + length(script) + first, 10_000).at(-1)?.state ?? before
    const direct = final(walk(session, [...script, [first + second, command]]))
    const moves: Move[] = [
      [first, { type: 'pause' }],
      [0, { type: 'resume' }],
      [second, command],
    ]
    const interrupted = final(walk(session, [...script, ...moves]))
    const extra = pausable.status === 'running' ? 2 : 0
    deepStrictEqual(interrupted, { ...direct, version: direct.version + extra })
  })
  fc.assert(property, { numRuns: 100 })
})

t.test('a state is the fold of its events, also after they went through JSON', async () => {
  each((session, script) => {
    let fold = null as SessionState | null
    let read = null as SessionState | null
    for (const { state, event } of walk(session, script)) {
      if (event === null) continue
      fold = evolve(fold, event)
      read = evolve(read, JSON.parse(JSON.stringify(event)))
      deepStrictEqual(fold, state)
      deepStrictEqual(read, state)
    }
  })
})

t.test('it makes no difference how often and how late the deadlines are looked at', async () => {
  each((session, script) => {
    const everyMs = script.flatMap(([wait, command]): Move[] => [
      ...Array.from({ length: wait }, (): Move => [1, null]),
      [0, command],
    ])
    const late = [...walk(session, script)]
    const prompt = [...walk(session, everyMs)]
    const events = (moments: Moment[]) => moments.flatMap(({ event }) => event ?? [])
    deepStrictEqual(events(late), events(prompt))
    deepStrictEqual(final(late), final(prompt))
  }, 60)
})

t.test(
  'settling in small bounds leads to the same as settling at once, and then nothing is due',
  async () => {
    const property = fc.property(
      sessions,
      histories,
      fc.nat(500),
      fc.integer({ min: 1, max: 5 }),
      (...given) => {
        const [session, script, later, limit] = given
        const now = T0 + length(script) + later
        const state = final(walk(session, script))
        const all = settle(state, now, 10_000)
        const bits: typeof all = []
        for (let due = settle(state, now, limit); due.length > 0; ) {
          ok(due.length <= limit)
          bits.push(...due)
          due = settle(due.at(-1)?.state as SessionState, now, limit)
        }
        deepStrictEqual(bits, all)
        ok(all.every((step, i) => step.event.at >= (all[i - 1]?.event.at ?? 0)))
      },
    )
    fc.assert(property, { numRuns: 100 })
  },
)

t.test('a clock that is set back takes no time from anybody', async () => {
  const property = fc.property(sessions, openHistories, fc.integer({ min: -1000, max: -1 }), (...given) => {
    const [session, script, back] = given
    const state = final(walk(session, script))
    fc.pre(state.status === 'running')
    for (const type of ['pause', 'complete', 'switch'] as const) {
      const after = apply(state, { type }, (state.cycle_started_at as number) + back)?.state as SessionState
      deepStrictEqual(after.participants.map(net), state.participants.map(net))
      deepStrictEqual(
        after.participants.map((p) => p.time_used_ms),
        state.participants.map((p) => p.time_used_ms),
      )
    }
  })
  fc.assert(property, { numRuns: 100 })
})

t.test('the wire form holds the whole state', async () => {
  each((session, script) => {
    for (const { state } of walk(session, script)) {
      deepStrictEqual(fromWire(toWire(state)), state)
      deepStrictEqual(decode(encode(state)), state)
    }
  })
})

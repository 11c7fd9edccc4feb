import { deepStrictEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { stop } from '../../engine/session/clock.ts'
import { isDue, type SessionState } from '../../engine/session/state.ts'
import { apply, type Command } from '../../engine/session/transitions.ts'
import { toWire } from '../../plugins/sessions/codec.ts'
import { elapsed, remaining, used } from '../../sdk/countdown.ts'
import { predict } from '../../sdk/prediction.ts'
import { histories, sessions, someone, wait } from '../engine/session/arbitraries.ts'
import { play, walk } from '../engine/session/play.ts'

const NUM_RUNS = 300

/** Calls back with every state that random sessions go through, and an instant not long after. */
function states(check: (state: SessionState, now: number) => void) {
  fc.assert(
    fc.property(sessions, histories, fc.infiniteStream(wait), (session, script, waits) => {
      for (const { state } of walk(session, script)) check(state, state.updated_at + waits.next().value)
    }),
    { numRuns: NUM_RUNS },
  )
}

/** What the server would make of it, when nothing is due by then. */
function decided(state: SessionState, command: Command, now: number) {
  if (isDue(state, now)) return null
  try {
    const step = apply(state, command, now)
    return step && toWire(step.state)
  } catch {
    return null
  }
}

const commandsFor = (state: SessionState, id: string): Command[] => [
  { type: 'start' },
  { type: 'pause' },
  { type: 'resume' },
  { type: 'complete' },
  { type: 'switch' },
  { type: 'switch', next_participant_id: id },
  { type: 'switch', current_participant_id: id },
  { type: 'switch', expected_version: state.version },
  { type: 'switch', expected_version: state.version - 1 },
]

t.test('what is predicted is what the server decides, to the last field', async (t) => {
  let predicted = 0
  states((state, now) => {
    const wire = toWire(state)
    const before = JSON.stringify(wire)
    const [id] = fc.sample(someone, 1)
    for (const command of commandsFor(state, id as string)) {
      const prediction = predict(wire, command, now)
      deepStrictEqual(prediction, decided(state, command, now), JSON.stringify(command))
      if (prediction) predicted += 1
    }
    equal(JSON.stringify(wire), before, 'what it was predicted from stays as it was')
  })
  t.ok(predicted > 1000, `${predicted} predictions`)
})

t.test('a machine whose clock is behind the last change predicts as if it were right', async (t) => {
  const session = toWire(play({}, '9000 wait').state)
  const started = predict(session, { type: 'start' }, 0)
  t.equal(started?.cycle_started_at, session.updated_at)
})

t.test('what is left and used at an instant is what a stop at that instant would charge', async () => {
  states((state, now) => {
    const wire = toWire(state)
    const charged = state.cycle_started_at === null ? state : stop(state, now)
    const endless = state.sync_mode === 'count_up' && state.max_time_ms === null
    let sum = 0
    for (const { participant_id: id, time_remaining_ms, time_used_ms } of charged.participants) {
      equal(remaining(wire, id, now), endless ? Number.POSITIVE_INFINITY : time_remaining_ms)
      equal(used(wire, id, now), time_used_ms)
      equal(elapsed(wire, id, now), time_used_ms)
      sum += time_used_ms
    }
    equal(elapsed(wire, null, now), sum)
  })
})

t.test('who does not take part has no time, and an instant before the turn charges nothing', async (t) => {
  const wire = toWire(play({}, 'start').state)
  t.equal(remaining(wire, 'nobody', 0), 0)
  t.equal(used(wire, 'nobody', 0), 0)
  t.equal(remaining(wire, 'a', 0), 10_000)
  t.equal(used(wire, 'a', 0), 0)
})

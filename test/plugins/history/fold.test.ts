import fc from 'fast-check'
import t from 'tap'
import { remove, resync } from '../../../engine/session/transitions.ts'
import { advance, type Folded, follows, NOTHING } from '../../../plugins/history/fold.ts'
import { toEvent } from '../../../plugins/sessions/decide.ts'
import type { Event } from '../../../schemas/event.ts'
import { type Config, type Move, moves, p, request, walk } from '../../engine/session/play.ts'
import { EPOCH, eventsOf } from './play.ts'

const fold = (events: Event[]): Folded => events.reduce(advance, NOTHING)

const move = fc.tuple(
  fc.integer({ min: 0, max: 20_000 }),
  fc.oneof(
    { weight: 5, arbitrary: fc.constant({ type: 'switch' as const }) },
    { weight: 1, arbitrary: fc.constantFrom({ type: 'pause' as const }, { type: 'resume' as const }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
)

t.test('the state of a session is the fold of its events, whatever happened', (t) => {
  const config = fc.record({
    sync_mode: fc.constantFrom('per_participant', 'per_cycle', 'per_group', 'global', 'count_up'),
    increment_ms: fc.constantFrom(0, 2000),
    auto_advance: fc.boolean(),
    participants: fc.constantFrom([p('a')], [p('a'), p('b', 1, 5000), p('c', 2, 60_000)]),
  })
  fc.assert(
    fc.property(config, fc.array(move, { maxLength: 30 }), (config, rest) => {
      const script: Move[] = [[0, { type: 'start' }], ...rest]
      const moments = [...walk(request(config as Config), script)]
      const folded = fold(eventsOf(config as Config, script))
      t.strictSame(folded.state, JSON.parse(JSON.stringify(moments.at(-1)?.state)))
      for (const { participant_id, cycle_count, time_used_ms } of folded.state?.participants ?? []) {
        const { used_ms, longest_ms } = folded.turns[participant_id] ?? { used_ms: 0, longest_ms: 0 }
        if (cycle_count === 0) t.equal(used_ms, 0)
        if (used_ms > time_used_ms || longest_ms * cycle_count < used_ms) t.fail('turns do not add up')
      }
    }),
    { numRuns: 200 },
  )
  t.end()
})

t.test('after a loss the fold goes on with what is left, whether it knows what was lost or not', (t) => {
  const whole = eventsOf({}, moves('start, 3000 switch, 500 switch, 700 switch, 20 complete'))
  const left = fold(whole.slice(0, 3))
  const { state, event } = resync(left.state as NonNullable<typeof left.state>, 6, EPOCH + 5000)
  const resynced = toEvent(event, 's', EPOCH)
  for (const before of [left, fold(whole.slice(0, 5)), fold(whole)]) {
    t.ok(follows(before, resynced))
    const after = advance(before, resynced)
    t.strictSame(after.state, state)
    t.match(after, { version: 7, deleted_at: null, turns: { a: { used_ms: 3000 } } })
    t.equal(after.turns.b?.used_ms ?? 0, 0)
  }
  t.notOk(follows(advance(left, resynced), resynced), 'nothing twice')
  t.notOk(follows(NOTHING, resynced), 'nothing without a beginning')
  t.notOk(follows(left, { ...resynced, data: null }), 'nothing whose content was lost')
  const deleted = advance(left, toEvent(remove(left.state as NonNullable<typeof left.state>, 9), 's', EPOCH))
  t.match(advance(deleted, resynced), { state, deleted_at: null }, 'not even a deletion that was lost')
  t.end()
})

t.test('turns are measured without the time in which the session was paused', (t) => {
  const { turns } = fold(
    eventsOf({}, moves('start, 3000 pause, 90000 resume, 500 switch, 700 switch, 100 switch, 4000 complete')),
  )
  t.strictSame(turns, { a: { used_ms: 3600, longest_ms: 3500 }, b: { used_ms: 4700, longest_ms: 4000 } })
  t.end()
})

t.test('a turn that ran past zero counts with its overtime, one that still runs does not count', (t) => {
  const { turns, state } = fold(
    eventsOf({ participants: [p('a'), p('b', 1), p('c', 2)] }, moves('start, 12000 switch, 15000 wait')),
  )
  t.strictSame(turns, { a: { used_ms: 12_000, longest_ms: 12_000 } })
  t.match(state?.participants, [{ overtime_ms: 2000 }, { cycle_count: 0, time_used_ms: 10_000 }])
  t.end()
})

t.test(
  'a deletion keeps the last state and says when; a new life in the same millisecond starts afresh',
  (t) => {
    const first = eventsOf({}, moves('start, 3000 switch'))
    const folded = fold(first)
    const deletion = toEvent(remove(folded.state as never, 1_800_000_000_000), 's', EPOCH)
    const deleted = advance(folded, deletion)
    t.match(deleted, { version: 4, deleted_at: 1_800_000_000_000, state: folded.state })
    const again = { ...(first[0] as Event), version: 5 }
    t.ok(follows(deleted, again))
    t.match(advance(deleted, again), { version: 5, first_version: 1, deleted_at: null, turns: {} })
    t.end()
  },
)

t.test('only a creation comes first, and nothing comes out of its order', (t) => {
  const [created, started, switched] = eventsOf({}, moves('start, 3000 switch')) as [Event, Event, Event]
  t.ok(
    follows(NOTHING, { ...created, version: 12 }),
    'a later life goes on in the versions of the one before',
  )
  t.notOk(follows(NOTHING, started))
  t.notOk(follows(advance(NOTHING, created), switched))
  t.end()
})

t.test('an event whose content was lost costs what it alone had changed', (t) => {
  const events = eventsOf({}, moves('start, 3000 switch, 500 switch, 100 switch'))
  const whole = fold(events)
  const holed = fold(events.map((event) => (event.version === 3 ? { ...event, data: null } : event)))
  t.strictSame(holed.state, whole.state, 'the turns after it healed the rest')
  const headless = fold(events.map((event) => (event.version === 1 ? { ...event, data: null } : event)))
  t.match(headless, { version: 5, state: null })
  t.end()
})

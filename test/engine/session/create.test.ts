import t from 'tap'
import { create, isSameRequest } from '../../../engine/session/create.ts'
import { ENDED_LIFETIME_MS, lifetime, OPEN_LIFETIME_MS } from '../../../engine/session/lifetime.ts'
import type { NewSession } from '../../../engine/session/state.ts'
import { type Config, p, play, request, T0 } from './play.ts'

const HOUR = 3_600_000

t.test('a new session is pending with full clocks; what was not given is null', async (t) => {
  const clock = { time_used_ms: 0, overtime_ms: 0, cycle_count: 0, has_expired: false }
  t.strictSame(create(request(), 7, T0), {
    session_id: 's',
    sync_mode: 'per_participant',
    status: 'pending',
    version: 7,
    participants: ['a', 'b'].map((participant_id, participant_index) => ({
      participant_id,
      participant_index,
      granted_time_ms: 10_000,
      time_remaining_ms: 10_000,
      ...clock,
    })),
    active_participant_id: null,
    total_time_ms: null,
    time_per_cycle_ms: null,
    increment_ms: null,
    max_time_ms: null,
    auto_advance: false,
    action_on_timeout: null,
    metadata: null,
    cycle_started_at: null,
    cycle_deadline_at: null,
    session_started_at: null,
    session_completed_at: null,
    created_at: T0,
    updated_at: T0,
  })
})

t.test('what was given is kept', async (t) => {
  const given = {
    total_time_ms: 1000,
    time_per_cycle_ms: 2000,
    increment_ms: 3000,
    max_time_ms: 4000,
    auto_advance: true,
    action_on_timeout: { type: 'notify' as const },
    metadata: { title: 'final', deep: [{ ok: true }] },
  }
  const state = create(request({ ...given, participants: [p('b', 4, 5000, 'g'), p('a', 3, 6000)] }), 1, T0)
  t.match(state, given)
  t.match(state.participants, [
    { participant_id: 'b', participant_index: 4, group_id: 'g', granted_time_ms: 5000 },
    { participant_id: 'a', participant_index: 3, granted_time_ms: 6000 },
  ])
})

t.test('participants that contradict each other are refused, all at once', async (t) => {
  const invalid = { kind: 'invalid', code: 'VALIDATION_ERROR' }
  const twice = (i: number, id: string) => ({
    field: `participants.${i}.participant_id`,
    message: `${id} is given twice`,
  })
  const unequal = (i: number, total: number) => ({
    field: `participants.${i}.total_time_ms`,
    message: `must be ${total}, as for the other members of group g: they share one clock`,
  })
  const refused = (what: string, config: Config, details: unknown[]) =>
    t.throws(() => create(request(config), 1, T0), { ...invalid, details }, what)

  refused('an id given twice', { participants: [p('a'), p('b'), p('a', 2)] }, [twice(2, 'a')])
  refused('three times', { participants: [p('a'), p('a'), p('a')] }, [twice(1, 'a'), twice(2, 'a')])
  const members = [p('a', 0, 5000, 'g'), p('b', 1, 7000, 'h'), p('c', 2, 6000, 'g'), p('d', 3, 9000)]
  const grouped = { sync_mode: 'per_group', participants: members } as const
  refused('unequal totals in a group', grouped, [unequal(2, 5000)])
  const both = { ...grouped, participants: [p('a', 0, 5000, 'g'), p('a', 1, 6000, 'g')] }
  refused('both', both, [twice(1, 'a'), unequal(1, 5000)])
  t.doesNotThrow(
    () => create(request({ participants: members }), 1, T0),
    'in other modes groups do not matter',
  )
})

t.test('a request is the same when it would have made the same session', async (t) => {
  const settings: Config = {
    total_time_ms: 1000,
    increment_ms: 5,
    action_on_timeout: { type: 'notify' },
    metadata: { a: 1, list: [1, { b: null }] },
  }
  const first = request(settings)
  const { state } = play(settings, 'start, 3000 switch, 1000 pause')
  const rows: [what: string, changed: Partial<NewSession>, same: boolean][] = [
    ['repeated, however far the session has come', {}, true],
    ['with the default spelled out', { auto_advance: false }, true],
    ['with keys in another order', { metadata: { list: [1, { b: null }], a: 1 } }, true],
    ['in another mode', { sync_mode: 'global' }, false],
    ['with another session total', { total_time_ms: 2000 }, false],
    ['with a time per cycle', { time_per_cycle_ms: 2000 }, false],
    ['with another increment', { increment_ms: 6 }, false],
    ['with a maximum', { max_time_ms: 2000 }, false],
    ['with auto_advance', { auto_advance: true }, false],
    ['with another action', { action_on_timeout: { type: 'skip_cycle' } }, false],
    ['with another value in the metadata', { metadata: { a: 2, list: [1, { b: null }] } }, false],
    ['with another key in the metadata', { metadata: { c: 1, list: [1, { b: null }] } }, false],
    ['with less metadata', { metadata: { a: 1 } }, false],
    ['with an object for a list', { metadata: { a: 1, list: { 0: 1, 1: { b: null } } } }, false],
    ['with null for an object', { metadata: { a: 1, list: [1, null] } }, false],
    ['with one participant less', { participants: [p('a')] }, false],
    ['with another participant', { participants: [p('a', 0), p('c', 1)] }, false],
    ['with another order', { participants: [p('b', 1), p('a', 0)] }, false],
    ['with another index', { participants: [p('a', 0), p('b', 2)] }, false],
    ['with another time', { participants: [p('a', 0), p('b', 1, 9000)] }, false],
    ['with a group', { participants: [p('a', 0), p('b', 1, 10_000, 'g')] }, false],
  ]
  for (const [what, changed, same] of rows)
    t.equal(isSameRequest(state, { ...first, ...changed }), same, what)
  const plain = play({}, 'start').state
  t.notOk(isSameRequest(plain, request({ metadata: {} })), 'metadata where there was none')
  const inherited = request({ metadata: JSON.parse('{"__proto__":{}}') })
  t.notOk(
    isSameRequest(play({ metadata: { a: 1 } }, 'wait').state, inherited),
    'a name that every object has',
  )
})

t.test('a session lives as long as its clock needs, and an hour', async (t) => {
  const { participants } = request()
  const long = { participants: participants.map((p) => ({ ...p, total_time_ms: 24 * HOUR })) }
  const ends = { action_on_timeout: { type: 'end_session' } } as const
  const open = OPEN_LIFETIME_MS
  const rows: [what: string, config: Config, script: string, at: number, lifetime: number][] = [
    ['not started yet', {}, 'wait', 0, open],
    ['paused', {}, 'start, 1000 pause', 1000, open],
    ['a stopwatch without a limit', { sync_mode: 'count_up' }, 'start', 0, open],
    ['over time, until somebody switches', {}, 'start, 10000 wait', 10_000, open],
    ['running', {}, 'start', 0, open + 10_000],
    ['running, a while later', {}, 'start', 4000, open + 6000],
    ['running, past its deadline', {}, 'start', 20_000, open],
    ['running for a day', long, 'start', 0, open + 24 * HOUR],
    ['completed', long, 'start, 1000 complete', 1000, HOUR],
    ['expired', ends, 'start, 10000 wait', 10_000, HOUR],
    ['completed before it began', {}, 'complete', 0, HOUR],
  ]
  for (const [what, config, script, at, expected] of rows) {
    t.equal(lifetime(play(config, script).state, T0 + at), expected, what)
  }
  t.ok(ENDED_LIFETIME_MS >= HOUR && open >= HOUR, 'never less than the hour that is promised')
})

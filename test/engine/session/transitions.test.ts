import t from 'tap'
import { create } from '../../../engine/session/create.ts'
import type { SessionStatus } from '../../../engine/session/state.ts'
import { apply, type Command, versionConflict } from '../../../engine/session/transitions.ts'
import { p, play, request, T0, table } from './play.ts'

t.test('rotation follows participant_index', async (t) => {
  const shuffled = { participants: [p('a', 5), p('b', 2), p('c', 9)] }
  const tied = { participants: [p('a', 1), p('b', 0), p('c', 0)] }
  const alone = { participants: [p('a', 3)] }
  table(t, [
    ['the lowest index starts', shuffled, 'start', { active: 'b' }],
    ['the next one follows', shuffled, 'start, switch', { active: 'a' }],
    ['then the highest', shuffled, 'start, switch, switch', { active: 'c' }],
    ['and it wraps', shuffled, 'start, switch, switch, switch', { active: 'b' }],
    ['ties go by the order given', tied, 'start', { active: 'b' }],
    ['also when switching', tied, 'start, switch', { active: 'c' }],
    ['and past them', tied, 'start, switch, switch', { active: 'a' }],
    ['wrapping to the first of them', tied, 'start, switch, switch, switch', { active: 'b' }],
    ['alone, one follows oneself', alone, 'start, 1000 switch', { active: 'a', turns: [1], cycle: 1000 }],
    ['an explicit next may be anybody', shuffled, 'start, switch c', { active: 'c' }],
    ['even oneself', shuffled, 'start, 1000 switch b', { active: 'b', turns: [0, 1, 0], cycle: 1000 }],
    ['it goes on from there', shuffled, 'start, switch c, switch', { active: 'b' }],
    ['participants[] keeps the order given', shuffled, 'start, 7 switch, 5 switch', { used: [5, 7, 0] }],
  ])
})

t.test('cycle_count rises when a turn ends', async (t) => {
  table(t, [
    ['not at the start', {}, 'start', { turns: [0, 0] }],
    ['at a switch', {}, 'start, 1 switch, 1 switch, 1 switch', { turns: [2, 1] }],
    ['not at a pause', {}, 'start, 1 pause, 1 resume', { turns: [0, 0] }],
    ['not at a deadline at which it stays', {}, 'start, 10000 wait', { turns: [0, 0] }],
    ['at one that takes it away', { auto_advance: true }, 'start, 10000 wait', { turns: [1, 0] }],
    ['at the end', {}, 'start, 1 complete', { turns: [1, 0] }],
  ])
})

t.test('pause charges the turn, resume restarts the cycle', async (t) => {
  const rounds = `start${', 7 pause, 5 resume'.repeat(100)}`
  const ends = { action_on_timeout: { type: 'end_session' } } as const
  const refused = ['INVALID_STATE_TRANSITION: Session cannot be paused (current status: expired)']
  const late = ['0 started', '10000 turn_expired a', '12000 paused a']
  table(t, [
    ['it is charged', {}, 'start, 3000 pause', { status: 'paused', left: [7000, 10_000], used: [3000, 0] }],
    ['nothing runs', {}, 'start, 3000 pause', { cycle: null, deadline: null }],
    ['the turn stays', {}, 'start, 3000 pause', { active: 'a', turns: [0, 0] }],
    ['however long', {}, 'start, 3000 pause, 99999 wait', { left: [7000, 10_000], version: 3 }],
    ['the rest runs', {}, 'start, 3000 pause, 50000 resume', { cycle: 53_000, deadline: 60_000, began: 0 }],
    ['the same turn', {}, 'start, 3000 pause, 50000 resume', { status: 'running', active: 'a', version: 4 }],
    ['100 rounds lose nothing', {}, rounds, { used: [700, 0], left: [9300, 10_000], version: 202 }],
    ['and set the deadline right', {}, rounds, { cycle: 1200, deadline: 10_500 }],
    ['past zero it expires first', {}, 'start, 12000 pause', { status: 'paused', log: late, expired: ['a'] }],
    ['the overtime is charged', {}, 'start, 12000 pause', { used: [12_000, 0], over: [2000, 0] }],
    ['exactly at zero too', {}, 'start, 10000 pause', { used: [10_000, 0], over: [0, 0], version: 4 }],
    ['which may be the end of it', ends, 'start, 12000 pause', { status: 'expired', refused }],
    ['over time it resumes over time', {}, 'start, 12000 pause, 9 resume', { active: 'a', deadline: null }],
    ['and is not told again', {}, 'start, 12000 pause, 9 resume, 9000 wait', { version: 5 }],
    ['it adds up', {}, 'start, 12000 pause, 9 resume, 1000 switch', { over: [3000, 0], used: [13_000, 0] }],
  ])
})

t.test('complete ends a session from every status', async (t) => {
  const ends = { action_on_timeout: { type: 'end_session' } } as const
  const done = { status: 'completed', active: null, cycle: null, deadline: null }
  const alone = { participants: [p('a')] }
  const late = ['0 started', '10000 turn_expired a', '12000 completed a']
  table(t, [
    ['pending', {}, '5 complete', { ...done, began: null, ended: 5, turns: [0, 0], version: 2 }],
    ['running: the turn is charged', {}, 'start, 3000 complete', { ...done, ended: 3000, used: [3000, 0] }],
    ['and over', {}, 'start, 3000 complete', { ...done, left: [7000, 10_000], turns: [1, 0], began: 0 }],
    ['over time', {}, 'start, 12000 complete', { ...done, used: [12_000, 0], over: [2000, 0], log: late }],
    ['paused', {}, 'start, 3000 pause, 9 complete', { ...done, ended: 3009, used: [3000, 0], turns: [1, 0] }],
    ['expired: over', ends, 'start, 10000 wait, 9 complete', { ...done, ended: 10_000, updated: 10_009 }],
    ['and of the last turn', ends, 'start, 10000 wait, 9 complete', { ...done, turns: [1, 0], version: 4 }],
    ['expired just then', alone, 'start, 10000 complete', { ...done, ended: 10_000, turns: [1], version: 4 }],
    ['completed: same', {}, 'start, 9 complete, 9 complete', { ...done, ended: 9, updated: 9, version: 3 }],
    ['nothing happens again', {}, 'complete, 9 complete, 9 complete', { ...done, log: ['0 completed'] }],
  ])
  const cancelled = { ...create(request(), 1, T0), status: 'cancelled' as const }
  t.equal(apply(cancelled, { type: 'complete' }, T0)?.state.status, 'completed')
})

t.test('each command is refused where it does not belong, in words that clients look for', async (t) => {
  const statuses: SessionStatus[] = ['pending', 'running', 'paused', 'expired', 'completed', 'cancelled']
  const running = play({}, 'start').state
  const rules = [
    ['start', 'pending', 'Session cannot be started'],
    ['switch', 'running', 'Session is not running'],
    ['pause', 'running', 'Session cannot be paused'],
    ['resume', 'paused', 'Session cannot be resumed'],
  ] as const
  for (const [type, allowed, words] of rules) {
    for (const status of statuses.filter((status) => status !== allowed)) {
      t.throws(
        () => apply({ ...running, status }, { type }, T0),
        {
          kind: 'invalid',
          code: 'INVALID_STATE_TRANSITION',
          message: `${words} (current status: ${status})`,
          details: { current_status: status },
        },
        `${type} when ${status}`,
      )
    }
  }
})

t.test('what is refused changes nothing', async (t) => {
  const unknown = 'VALIDATION_ERROR: Request validation failed'
  const refused = ['INVALID_STATE_TRANSITION: Session cannot be started (current status: running)']
  const same = { version: 2, updated: 0, log: ['0 started'] }
  table(t, [
    ['a second start', {}, 'start, 500 start', { ...same, refused, began: 0, cycle: 0 }],
    ['an unknown next participant', {}, 'start, 500 switch x', { ...same, refused: [unknown], active: 'a' }],
    ['takes no time', {}, 'start, 500 switch x', { ...same, refused: [unknown], cycle: 0, used: [0, 0] }],
  ])
  const { state } = play({}, 'start')
  const details = [{ field: 'next_participant_id', message: 'participant x not found in this session' }]
  t.throws(
    () => apply(state, { type: 'switch', next_participant_id: 'x' }, T0),
    { kind: 'invalid', code: 'VALIDATION_ERROR', details },
    'the field is named',
  )
})

t.test('a switch can say what it expects', async (t) => {
  const { state } = play({}, 'start')
  const later = play({}, 'start, 1000 switch').state
  const paused = play({}, 'start, pause').state
  const asked = (expected: Omit<Command & { type: 'switch' }, 'type'>) =>
    ({ type: 'switch', ...expected }) as const

  t.equal(apply(state, asked({ expected_version: 2 }), T0)?.state.version, 3)
  t.equal(apply(state, asked({ current_participant_id: 'a' }), T0)?.state.active_participant_id, 'b')
  t.equal(apply(state, asked({ current_participant_id: 'a', expected_version: 2 }), T0)?.state.version, 3)

  const stale = { kind: 'conflict', code: 'CONFLICT', details: { expected_version: 2, actual_version: 3 } }
  t.throws(() => apply(later, asked({ expected_version: 2 }), T0 + 2000), stale, 'a stale version')
  t.throws(() => apply(paused, asked({ expected_version: 2 }), T0), stale, 'is told before the status')
  t.throws(
    () => apply(state, asked({ expected_version: 3 }), T0),
    { ...stale, details: { expected_version: 3, actual_version: 2 } },
    'a version that is yet to come',
  )
  const turn = { ...stale, message: 'It is the turn of b, not of a' }
  const seen = { actual_version: 3, active_participant_id: 'b' }
  t.throws(
    () => apply(later, asked({ current_participant_id: 'a' }), T0 + 2000),
    { ...turn, details: { expected_version: null, ...seen } },
    'a turn that is over',
  )
  t.throws(
    () => apply(later, asked({ current_participant_id: 'a', expected_version: 3 }), T0 + 2000),
    { ...turn, details: { expected_version: 3, ...seen } },
    'also when the version is right',
  )
  t.match(versionConflict(2, 3), {
    ...stale,
    message: 'The session is at version 3, not 2: read it again and decide anew',
  })
})

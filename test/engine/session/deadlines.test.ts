import t from 'tap'
import { create } from '../../../engine/session/create.ts'
import { isDue } from '../../../engine/session/state.ts'
import { apply, expire, settle } from '../../../engine/session/transitions.ts'
import { type Config, p, play, request, T0, table } from './play.ts'

const cyclic = { sync_mode: 'per_cycle', time_per_cycle_ms: 1000 } as const

t.test('the server notices by itself that time runs out', async (t) => {
  const log = ['0 started', '10000 turn_expired a']
  const turn = { status: 'running', active: 'a', turns: [0, 0], expired: ['a'], version: 3 }
  table(t, [
    ['not 1 ms early', {}, 'start, 9999 wait', { log: ['0 started'], expired: [], deadline: 10_000 }],
    ['at the deadline', {}, 'start, 10000 wait', { log, left: [0, 10_000], used: [10_000, 0] }],
    ['the turn stays where it is', {}, 'start, 10000 wait', turn],
    ['nothing more is due then', {}, 'start, 10000 wait', { cycle: 10_000, deadline: null }],
    ['late is no different', {}, 'start, 25000 wait', { ...turn, log, updated: 10_000, used: [10_000, 0] }],
    ['it is told once', {}, 'start, 10000 wait, 1 wait, 90000 wait', { ...turn, log }],
    ['a switch names it', {}, 'start, 12000 switch', { log: [...log, '12000 switched a'], active: 'b' }],
    ['and counts the overtime', {}, 'start, 12000 switch', { used: [12_000, 0], over: [2000, 0] }],
    ['at zero as well', {}, 'start, 10000 switch', { log: [...log, '10000 switched a'], version: 4 }],
    ['a turn in time is not named', {}, 'start, 9999 switch', { log: ['0 started', '9999 switched'] }],
  ])
  const again = [...log, '10000 switched a', '11000 switched']
  table(t, [
    ['one may play over time', {}, 'start, 10000 switch, 1000 switch', { active: 'a', deadline: null }],
    ['that is not told again', {}, 'start, 10000 switch, 1000 switch, 9000 wait', { log: again }],
    ['the switch names it', {}, 'start, 10000 switch, 1000 switch, 2 switch', { over: [2, 0], active: 'b' }],
    ['for its turn only', {}, 'start, 10000 switch, 1000 switch', { log: again }],
  ])
})

t.test('auto_advance: who runs out of time loses the turn', async (t) => {
  const on = { auto_advance: true }
  const three = { ...on, participants: [p('a', 0, 1000), p('b', 1, 2000), p('c', 2, 3000)] }
  const over = { ...on, participants: [p('a', 0, 1000), p('b', 1, 5000), p('c', 2, 5000)] }
  const grouped = [p('a', 0, 10_000, 'g'), p('b', 1, 10_000, 'g'), p('c', 2)]
  const groups = { ...on, sync_mode: 'per_group', participants: grouped } as const
  const cycles = { ...cyclic, ...on }
  const alone = { ...cycles, participants: [p('a')] }
  const watch = { ...on, sync_mode: 'count_up', max_time_ms: 5000 } as const
  const log = ['0 started', '10000 advanced a']
  const lost = [...log, '13000 switched', '13000 advanced a']
  table(t, [
    ['not 1 ms early', on, 'start, 9999 wait', { active: 'a', log: ['0 started'] }],
    ['at zero', on, 'start, 10000 wait', { active: 'b', log, version: 3, turns: [1, 0], expired: ['a'] }],
    ['the next runs from then', on, 'start, 10000 wait', { cycle: 10_000, deadline: 20_000 }],
    ['not from now', on, 'start, 13000 wait', { cycle: 10_000, deadline: 20_000, updated: 10_000 }],
    ['so it pays for the delay', on, 'start, 13000 switch', { used: [10_000, 3000], turns: [1, 1] }],
    ['nobody has overtime', on, 'start, 13000 switch', { over: [0, 0] }],
    ['and no increment', { ...on, increment_ms: 1000 }, 'start, 13000 wait', { left: [0, 10_000] }],
    ['b pays a pause', on, 'start, 12000 pause', { active: 'b', used: [10_000, 2000], left: [0, 8000] }],
    ['a turn without time is lost at once', on, 'start, 13000 switch, wait', { active: 'b', log: lost }],
    ['it is free', on, 'start, 13000 switch, wait', { left: [0, 7000], cycle: 13_000, deadline: 20_000 }],
    ['a is passed over', over, 'start, 1000 wait, 1000 switch, 5000 wait', { active: 'b', cycle: 7000 }],
    ['and so is the whole group', groups, 'start, 10000 wait', { active: 'c', turns: [1, 0, 0] }],
    ['a stopwatch stops at its limit', watch, 'start, 6000 switch', { used: [5000, 1000], active: 'a' }],
    ['alone, one goes on', alone, 'start, 1000 wait', { active: 'a', cycle: 1000, deadline: 2000 }],
    ['named', alone, 'start, 1000 wait', { log: ['0 started', '1000 advanced a'], expired: [], turns: [1] }],
  ])
  const all = ['0 started', '1000 advanced a', '3000 advanced b', '6000 expired c']
  const five = [1000, 2000, 3000, 4000, 5000].map((at, i) => `${at} advanced ${i % 2 ? 'b' : 'a'}`)
  table(t, [
    ['catching up keeps the boundaries', three, 'start, 99999 wait', { log: all, used: [1000, 2000, 3000] }],
    ['between them', three, 'start, 2999 wait', { log: all.slice(0, 2), active: 'b', deadline: 3000 }],
    ['on one of them', three, 'start, 3000 wait', { log: all.slice(0, 3), active: 'c', deadline: 6000 }],
    ['over many', cycles, 'start, 5500 wait', { log: ['0 started', ...five], cycle: 5000, deadline: 6000 }],
    ['all of it counted', cycles, 'start, 5500 wait', { version: 7, used: [3000, 2000], turns: [3, 2] }],
  ])
})

t.test('catching up goes in bounded steps, and any bound leads to the same', async (t) => {
  const { state } = play({ ...cyclic, auto_advance: true }, 'start')
  const now = T0 + 100_500
  t.equal(settle(state, now, 16).length, 16)
  t.equal(settle(state, now, 16).at(-1)?.state.cycle_started_at, T0 + 16_000, 'the oldest first')
  t.equal(settle(state, now, 1000).length, 100)
  let bit = state
  for (let due = settle(bit, now, 7); due[0]; due = settle(bit, now, 7)) bit = due.at(-1)?.state ?? bit
  t.strictSame(bit, settle(state, now, 1000).at(-1)?.state)
  t.strictSame(settle(bit, now, 7), [])
  t.equal(expire(bit, now), null)
})

t.test('action_on_timeout says what happens at the deadline', async (t) => {
  const on = (type: 'skip_cycle' | 'end_session' | 'notify', config: Config = {}): Config => ({
    ...config,
    action_on_timeout: { type },
  })
  const advance = { auto_advance: true }
  const next = { active: 'b', cycle: 10_000, deadline: 20_000, log: ['0 started', '10000 advanced a'] }
  const over = { status: 'expired', active: null, cycle: null, deadline: null, ended: 10_000 }
  const told = { status: 'running', active: 'a', log: ['0 started', '10000 turn_expired a'] }
  table(t, [
    ['skip_cycle gives the turn to the next', on('skip_cycle'), 'start, 12000 wait', next],
    ['each time', on('skip_cycle', cyclic), 'start, 2500 wait', { active: 'a', cycle: 2000, turns: [1, 1] }],
    ['not before zero', on('skip_cycle'), 'start, 9999 wait', { active: 'a', version: 2 }],
    ['end_session ends it', on('end_session'), 'start, 10000 wait', { ...over, turns: [1, 0], version: 3 }],
    ['as of zero', on('end_session'), 'start, 99999 wait', { ...over, updated: 10_000, used: [10_000, 0] }],
    ['and names the one', on('end_session'), 'start, 10000 wait', { log: ['0 started', '10000 expired a'] }],
    ['others keep their time', on('end_session'), 'start, 10000 wait', { left: [0, 10_000], expired: ['a'] }],
    ['not before zero', on('end_session'), 'start, 9999 switch, 1 wait', { status: 'running', active: 'b' }],
    ['in per_cycle too', on('end_session', cyclic), 'start, 1000 wait', { status: 'expired', active: null }],
    ['it outweighs auto_advance', on('end_session', advance), 'start, 10000 wait', over],
    ['notify tells', on('notify'), 'start, 12000 wait', told],
    ['auto_advance outweighs it', on('notify', advance), 'start, 12000 wait', next],
  ])
})

t.test("a session expires when everyone's clock has run out", async (t) => {
  const over = { status: 'expired', active: null, cycle: null, deadline: null }
  const log = ['0 started', '10000 turn_expired a', '10000 switched a', '20000 expired b']
  const grouped = [p('a', 0, 10_000, 'g'), p('b', 1, 10_000, 'g'), p('c', 2)]
  const groups = { sync_mode: 'per_group', participants: grouped } as const
  const watch = { sync_mode: 'count_up', max_time_ms: 5000 } as const
  const rest = '10000 switch, 3000 switch, 4000 switch'
  table(t, [
    ['at its zero', {}, 'start, 10000 switch, 15000 wait', { ...over, ended: 20_000, log, turns: [1, 1] }],
    ['not while one has time', {}, 'start, 10000 switch, 9999 wait', { status: 'running', active: 'b' }],
    ['with one at once', { participants: [p('a')] }, 'start, 10000 wait', { ...over, ended: 10_000 }],
    ['overtime is no time', {}, `start, ${rest}, 7000 wait`, { ...over, ended: 24_000, over: [4000, 0] }],
    ['auto_advance ends there', { auto_advance: true }, 'start, 20000 wait', { ...over, version: 4 }],
    ['every group', groups, 'start, 10000 switch c, 10000 wait', { ...over, expired: ['a', 'b', 'c'] }],
    ['not one group alone', groups, 'start, 10000 wait', { status: 'running', expired: ['a', 'b'] }],
    ['stopwatches at their limit', watch, 'start, 5000 switch, 5000 wait', { ...over, ended: 10_000 }],
    ['never per_cycle', cyclic, 'start, 1000 switch, 1000 wait', { status: 'running', expired: ['a', 'b'] }],
    ['or one', { ...cyclic, participants: [p('a')] }, 'start, 1000 wait', { status: 'running', active: 'a' }],
  ])
})

t.test('only a running clock is ever due', async (t) => {
  const pending = create(request(), 1, T0)
  const running = play({}, 'start').state
  const paused = apply(running, { type: 'pause' }, T0 + 1)?.state
  t.notOk(isDue(pending, Number.MAX_SAFE_INTEGER))
  t.notOk(paused && isDue(paused, Number.MAX_SAFE_INTEGER))
  t.notOk(isDue(running, T0 + 9999))
  t.ok(isDue(running, T0 + 10_000))
})

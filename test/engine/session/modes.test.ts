import t from 'tap'
import { p, table } from './play.ts'

t.test('per_participant: everybody has an own clock', async (t) => {
  const increment_ms = 2000
  const others = { total_time_ms: 90_000, time_per_cycle_ms: 1000, max_time_ms: 1000 }
  const grouped = { participants: [p('a', 0, 10_000, 'g'), p('b', 1, 10_000, 'g')] }
  table(t, [
    ['the start runs the first clock', {}, 'start', { active: 'a', cycle: 0, deadline: 10_000, version: 2 }],
    ['a turn is charged to its clock', {}, 'start, 3000 switch', { left: [7000, 10_000], used: [3000, 0] }],
    ['the next clock runs from the switch on', {}, 'start, 3000 switch', { cycle: 3000, deadline: 13_000 }],
    ['a second turn goes on with what is left', {}, 'start, 3000 switch, switch', { deadline: 10_000 }],
    ['turns add up', {}, 'start, 3000 switch, 1000 switch, 2000 switch', { left: [5000, 9000] }],
    ['1 ms left is in time', {}, 'start, 9999 switch', { left: [1, 10_000], expired: [] }],
    ['exactly zero left is expired', {}, 'start, 10000 switch', { left: [0, 10_000], expired: ['a'] }],
    ['past zero nothing is left', {}, 'start, 12000 switch', { left: [0, 10_000], expired: ['a'] }],
    ['a turn in time earns', { increment_ms }, 'start, 3000 switch', { left: [9000, 10_000] }],
    ['a turn 1 ms in time earns', { increment_ms }, 'start, 9999 switch', { left: [2001, 10_000] }],
    ['more can be left than was granted', { increment_ms }, 'start, 500 switch', { left: [11_500, 10_000] }],
    ['what was earned can be used', { increment_ms }, 'start, 500 switch, switch', { deadline: 12_000 }],
    ['at exactly zero nothing is earned', { increment_ms }, 'start, 10000 switch', { left: [0, 10_000] }],
    ['past zero nothing is earned', { increment_ms }, 'start, 12000 switch', { left: [0, 10_000] }],
    ['nor ever after', { increment_ms }, 'start, 10000 switch, 1 switch, switch', { left: [0, 11_999] }],
    ['a switch to oneself earns', { increment_ms }, 'start, 3000 switch a', { left: [9000, 10_000] }],
    ['a pause earns nothing', { increment_ms }, 'start, 3000 pause, resume', { left: [7000, 10_000] }],
    ['a completion earns nothing', { increment_ms }, 'start, 3000 complete', { left: [7000, 10_000] }],
    ["other modes' settings are ignored", others, 'start, 3000 switch', { left: [7000, 10_000] }],
    ['groups are ignored', grouped, 'start, 3000 switch', { left: [7000, 10_000] }],
  ])
})

t.test('per_cycle: every turn has the same time', async (t) => {
  const cycle = { sync_mode: 'per_cycle', time_per_cycle_ms: 5000 } as const
  const totals = { sync_mode: 'per_cycle', participants: [p('a', 0, 8000), p('b', 1, 6000)] } as const
  const earning = { ...cycle, increment_ms: 2000 }
  table(t, [
    ['the time per cycle counts', cycle, 'start', { left: [5000, 5000], deadline: 5000 }],
    ["without one the participant's total does", totals, 'start', { left: [8000, 6000], deadline: 8000 }],
    ['for each its own', totals, 'start, 1000 switch', { deadline: 7000 }],
    ['the rest is lost', cycle, 'start, 3000 switch, 1000 switch', { left: [5000, 5000], deadline: 9000 }],
    ['who waits has a full clock', cycle, 'start, 3000 switch', { left: [5000, 5000] }],
    ['the end shows full clocks', cycle, 'start, 3000 complete', { left: [5000, 5000], used: [3000, 0] }],
    ['exactly zero left is expired', cycle, 'start, 5000 switch', { expired: ['a'] }],
    ['1 ms left is in time', cycle, 'start, 4999 switch', { expired: [] }],
    ['overtime is not owed', cycle, 'start, 6000 switch, switch', { left: [5000, 5000], deadline: 11_000 }],
    ['a new turn is not expired', cycle, 'start, 6000 switch, switch', { expired: [] }],
    ['until then it stays on record', cycle, 'start, 6000 switch, 1000 wait', { expired: ['a'] }],
    ['overtime is on record', cycle, 'start, 6000 switch, switch', { used: [6000, 0], over: [1000, 0] }],
    ['there is no increment', earning, 'start, 3000 switch, switch', { left: [5000, 5000] }],
    ['a turn after oneself is fresh', cycle, 'start, 3000 switch a', { left: [5000, 5000], deadline: 8000 }],
    ['a pause is no turn', cycle, 'start, 3000 pause, 1000 resume', { left: [2000, 5000], deadline: 6000 }],
    ['what was used adds up', cycle, 'start, 3000 switch, 1000 switch, 2000 switch', { used: [5000, 1000] }],
    ['nobody is out for good', cycle, 'start, 5000 switch, 5000 wait', { status: 'running', active: 'b' }],
  ])
})

t.test('per_group: the members of a group share one clock', async (t) => {
  const participants = [p('a', 0, 10_000, 'g'), p('b', 1, 8000, 'h'), p('c', 2, 10_000, 'g')]
  const groups = { sync_mode: 'per_group', participants } as const
  const earning = { ...groups, increment_ms: 1000 }
  const alone = { sync_mode: 'per_group', participants: [p('a', 0), p('b', 1, 8000)] } as const
  table(t, [
    ['a turn is charged to the group', groups, 'start, 3000 switch', { left: [7000, 8000, 7000] }],
    ['and to the member', groups, 'start, 3000 switch', { used: [3000, 0, 0] }],
    ['a member goes on with what the others left', groups, 'start, 3000 switch c', { deadline: 10_000 }],
    ['each adds to it', groups, 'start, 3000 switch c, 2000 switch b', { left: [5000, 8000, 5000] }],
    ['and has its own', groups, 'start, 3000 switch c, 2000 switch b', { used: [3000, 0, 2000] }],
    ['the group earns the increment', earning, 'start, 3000 switch', { left: [8000, 8000, 8000] }],
    ['it runs out as a whole', groups, 'start, 10000 wait', { left: [0, 8000, 0], expired: ['a', 'c'] }],
    ["overtime is the member's", groups, 'start, 12000 switch', { used: [12_000, 0, 0], over: [2000, 0, 0] }],
    ['its turns are overtime then', groups, 'start, 10000 switch c, 500 switch', { over: [0, 0, 500] }],
    ['out of time nobody of it earns', earning, 'start, 10000 switch c, 500 switch', { left: [0, 8000, 0] }],
    ['no group_id: a group of one', alone, 'start, 3000 switch, 1000 switch', { left: [7000, 7000] }],
  ])
})

t.test('global: one clock for the session', async (t) => {
  const participants = [p('a', 0, 4000), p('b', 1, 6000)]
  const global = { sync_mode: 'global', participants } as const
  const total = { ...global, total_time_ms: 5000 }
  const ended = { status: 'expired', active: null, ended: 6000, left: [0, 0], expired: ['a', 'b'] }
  const advancing = { ...global, auto_advance: true }
  const notifying = { ...global, action_on_timeout: { type: 'notify' } } as const
  table(t, [
    ["it holds the session's total", total, 'start', { left: [5000, 5000], deadline: 5000 }],
    ["or else the largest participant's", global, 'start', { left: [6000, 6000], deadline: 6000 }],
    ['a switch leaves the clock as it is', global, 'start, 2000 switch', { active: 'b', deadline: 6000 }],
    ['everybody sees the same clock', global, 'start, 2000 switch', { left: [4000, 4000] }],
    ['each is charged what it used', global, 'start, 2000 switch, 1000 switch', { used: [2000, 1000] }],
    ['nothing is earned', { ...global, increment_ms: 1000 }, 'start, 2000 switch', { left: [4000, 4000] }],
    ['it stands still in a pause', global, 'start, 2000 pause, 9000 resume', { deadline: 15_000 }],
    ['1 ms before zero it runs', global, 'start, 5999 wait', { status: 'running', active: 'a' }],
    ['at zero the session is over', global, 'start, 2000 switch, 4000 wait', ended],
    ['and its last turn', global, 'start, 2000 switch, 4000 wait', { used: [2000, 4000], turns: [1, 1] }],
    ['late as it may be noticed', global, 'start, 2000 switch, 9000 wait', { ...ended, used: [2000, 4000] }],
    ['it is one event', global, 'start, 6000 wait', { log: ['0 started', '6000 expired a'], version: 3 }],
    ['auto_advance does not go on', advancing, 'start, 6000 wait', ended],
    ['notify does not go on', notifying, 'start, 6000 wait', ended],
  ])
})

t.test('count_up: a stopwatch', async (t) => {
  const free = { sync_mode: 'count_up' } as const
  const max = { sync_mode: 'count_up', max_time_ms: 5000 } as const
  const earning = { ...max, increment_ms: 1000 }
  const day = 'start, 86400000 wait, 86400000 switch'
  table(t, [
    ['it counts what a turn used', max, 'start, 3000 switch', { used: [3000, 0], left: [2000, 5000] }],
    ['and goes on counting', max, 'start, 3000 switch, 500 switch, 1000 switch', { used: [4000, 500] }],
    ['its limit is max_time_ms', max, 'start', { deadline: 5000 }],
    ['1 ms below it is in time', max, 'start, 4999 switch', { used: [4999, 0], expired: [] }],
    ['it runs out', max, 'start, 5000 wait', { expired: ['a'], log: ['0 started', '5000 turn_expired a'] }],
    ['what is used stops there', max, 'start, 9000 switch', { used: [5000, 0], over: [0, 0] }],
    ['later on too', max, 'start, 9000 switch, 1 switch, 700 switch', { used: [5000, 1], over: [0, 0] }],
    ['the increment is ignored', earning, 'start, 3000 switch', { left: [2000, 5000] }],
    ['without a limit it never expires', free, 'start, 86400000 wait', { deadline: null, version: 2 }],
    ['and counts all', free, day, { used: [172_800_000, 0], left: [0, 10_000], expired: [] }],
    ['more than the total is overtime', free, 'start, 12000 switch', { used: [12_000, 0], over: [2000, 0] }],
    ['there too', { ...free, increment_ms: 9 }, 'start, 1000 switch', { left: [9000, 10_000] }],
    ['without a limit nothing advances', { ...free, auto_advance: true }, day, { active: 'b', version: 3 }],
  ])
})

t.test('used time is what really ran', async (t) => {
  table(t, [
    ['in time', {}, 'start, 3000 switch', { used: [3000, 0], over: [0, 0], left: [7000, 10_000] }],
    ['to zero', {}, 'start, 10000 switch', { used: [10_000, 0], over: [0, 0], left: [0, 10_000] }],
    ['and past it', {}, 'start, 12000 switch', { used: [12_000, 0], over: [2000, 0], left: [0, 10_000] }],
    ['again and again', {}, 'start, 12000 switch a, 3000 switch', { used: [15_000, 0], over: [5000, 0] }],
    ['a pause is not', {}, 'start, 3000 pause, 60000 resume, 1000 switch', { used: [4000, 0] }],
    ['nor the wait for the start', {}, '5000 start, 1000 switch', { used: [1000, 0], began: 5000 }],
    ['a clock set back takes nothing', {}, 'start, -500 switch', { used: [0, 0], left: [10_000, 10_000] }],
    ['nor when pausing', {}, 'start, -500 pause', { used: [0, 0], left: [10_000, 10_000] }],
    ['nor when completing', {}, 'start, -500 complete', { used: [0, 0], left: [10_000, 10_000] }],
  ])
})

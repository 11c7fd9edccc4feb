import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { judge, type Limits } from '../../../engine/run/baseline.ts'
import { align, seriesOf } from '../../../engine/run/compare.ts'
import type { Point, RunState } from '../../../engine/run/state.ts'
import { type Summary, summarise } from '../../../engine/run/summary.ts'
import { thin } from '../../../engine/run/thin.ts'
import { complete, MINUTE, play, point, points, progress, started, T0 } from './make.ts'

const curve = (...pairs: [number, number][]) => pairs.map(([x, y]) => ({ x, y }))

t.test('a run along an axis', async (t) => {
  const history = [
    point(T0 + 1000, { block: 10, slot: 5 }),
    point(T0 + 2000, { block: 20 }),
    point(T0 + 3000, { block: 15, slot: 7 }),
    point(T0 + 4000, { block: 30, slot: 9, exec_version: 'v' }),
  ]
  t.strictSame(seriesOf(T0, history, 'elapsed', 'slot'), curve([1000, 5], [3000, 7], [4000, 9]))
  t.strictSame(seriesOf(T0, history, 'block', 'elapsed'), curve([10, 1000], [20, 2000], [30, 4000]))
  t.strictSame(seriesOf(T0, history, 'elapsed', 'exec_version'), [], 'text is no curve')
  t.strictSame(
    seriesOf(T0 + 1500, history, 'elapsed', 'block')[0],
    { x: 0, y: 10 },
    'nothing is before the start',
  )
})

t.test('curves are aligned on one axis', async (t) => {
  const rows: [ReturnType<typeof curve>[], number, object][] = [
    [[curve([0, 0], [10, 100])], 3, { x: [0, 5, 10], y: [[0, 50, 100]] }],
    [
      [curve([0, 0], [10, 10]), curve([5, 1], [20, 4])],
      5,
      {
        x: [0, 5, 10, 15, 20],
        y: [
          [0, 5, 10, null, null],
          [null, 1, 2, 3, 4],
        ],
      },
    ],
    [[curve([0, 0], [2, 2])], 100, { x: [0, 1, 2], y: [[0, 1, 2]] }],
    [[curve([3, 7]), []], 10, { x: [3], y: [[7], [null]] }],
    [[[], []], 10, { x: [], y: [[], []] }],
  ]
  for (const [curves, count, expected] of rows) t.strictSame(align(curves, count), expected)
})

t.test(
  'a place between two points lies between their values, and there are never too many places',
  async () => {
    const series = fc
      .uniqueArray(fc.tuple(fc.nat(10_000), fc.nat(1000)), { selector: ([x]) => x, maxLength: 50 })
      .map((pairs) => curve(...pairs.sort(([a], [b]) => a - b)))
    fc.assert(
      fc.property(
        fc.array(series, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 2, max: 100 }),
        (curves, n) => {
          const { x, y } = align(curves, n)
          assert.ok(x.length <= n)
          assert.deepEqual(
            x,
            [...x].sort((a, b) => a - b),
          )
          for (const [i, values] of y.entries()) {
            const own = (curves[i] ?? []).map((each) => each.y)
            assert.equal(values.length, x.length)
            for (const value of values) {
              if (value !== null)
                assert.ok(value >= Math.min(...own) - 1e-9 && value <= Math.max(...own) + 1e-9)
            }
          }
        },
      ),
      { numRuns: 100 },
    )
  },
)

t.test('what a run came to', async (t) => {
  const reports = [
    progress(1000, { block: 5, exec_disk_usage: 10, exec_memory_usage: 7, cons_memory_usage: 1 }),
    progress(2000, { block: 9, slot: 4, cons_disk_usage: 3, exec_memory_usage: 2 }),
  ]
  const running = play(
    started(),
    reports.map((each) => [5, each]),
  ).state
  const expected = {
    duration_ms: 2000,
    final_block: 9,
    final_slot: 4,
    exec_disk_usage: 10,
    cons_disk_usage: 3,
    disk_usage: 13,
    peak_exec_memory_usage: 7,
    peak_cons_memory_usage: 1,
    peak_memory_usage: 8,
    points: 2,
  }
  t.strictSame(summarise(running, running.points), expected)
  const half = [point(T0, { cons_disk_usage: 3 }), point(T0 + 1, { exec_memory_usage: 2 })]
  t.match(summarise(started(), half), {
    cons_disk_usage: 3,
    disk_usage: null,
    peak_exec_memory_usage: 2,
    peak_memory_usage: null,
  })
  const over = play(running, [[6, complete({ at: T0 + 60_000 })]]).state
  t.match(summarise(over, over.points), { duration_ms: 60_000, final_block: 10, final_slot: 20 })
  t.match(summarise(started(), []), {
    duration_ms: 0,
    final_block: null,
    disk_usage: null,
    peak_memory_usage: null,
  })
})

t.test('thinning changes nothing of what a run came to', async () => {
  fc.assert(
    fc.property(points(200), (input) => {
      const history = [...new Map(input.map((each): [number, Point] => [each.at, each])).values()]
      history.sort((a, b) => a.at - b.at)
      const thinned = thin({ points: history, width_ms: 1000 }, 30).points
      const peak = (of: readonly Point[]) => summarise(started(), of).peak_memory_usage
      assert.equal(peak(thinned), peak(history))
    }),
  )
})

/** Sizes of the execution and the consensus client. */
const summary = (
  duration_ms: number,
  disk: [number | null, number | null],
  memory: [number | null, number | null],
): Summary => ({
  ...summarise(started(), []),
  duration_ms,
  exec_disk_usage: disk[0],
  cons_disk_usage: disk[1],
  peak_exec_memory_usage: memory[0],
  peak_cons_memory_usage: memory[1],
})

const LIMITS = { duration: 1.1, disk: 1.1, memory: 2 }
const over = play(started(), [[1, complete()]]).state
const failed = play(started(), [[1, complete({ success: false })]]).state
const base = summary(1000, [60, 40], [5, 5])

t.test('a run against its baseline', async (t) => {
  const rows: [string, RunState, Summary, string, string[]][] = [
    ['the same', over, base, 'pass', ['pass', 'pass', 'pass']],
    ['a little slower', over, summary(1100, [60, 40], [5, 5]), 'pass', ['pass', 'pass', 'pass']],
    ['too slow', over, summary(1101, [60, 40], [5, 5]), 'fail', ['fail', 'pass', 'pass']],
    ['too large', over, summary(1, [100, 100], [11, 10]), 'fail', ['pass', 'fail', 'fail']],
    ['not measured', over, summary(1000, [null, null], [5, 5]), 'unknown', ['pass', 'unknown', 'pass']],
    ['measured in part', over, summary(1000, [60, 40], [5, null]), 'unknown', ['pass', 'pass', 'unknown']],
    ['too slow, in part', over, summary(2000, [60, 40], [5, null]), 'fail', ['fail', 'pass', 'unknown']],
    ['on its way', started(), summary(500, [50, 9], [5, 1]), 'pending', ['pass', 'pass', 'pass']],
    ['too slow already', started(), summary(2000, [5, 9], [5, 1]), 'fail', ['fail', 'pass', 'pass']],
    ['too large for now', started(), summary(500, [99, 99], [5, 1]), 'pending', ['pass', 'fail', 'pass']],
    ['failed', failed, base, 'fail', ['pass', 'pass', 'pass']],
  ]
  for (const [name, state, run, verdict, each] of rows) {
    const result = judge({ state, summary: run }, { state: over, summary: base }, LIMITS)
    t.equal(result.verdict, verdict, name)
    t.strictSame(
      result.checks.map((check) => check.verdict),
      each,
      name,
    )
  }
})

t.test('what the checks of a baseline tell', async (t) => {
  const checks = (run: Summary, other: Summary, limits: Limits = LIMITS) =>
    judge({ state: over, summary: run }, { state: over, summary: other }, limits).checks
  t.match(checks(summary(1500, [60, 20], [5, 5]), base), [
    { name: 'duration', value: 1500, baseline: 1000, difference: 500, ratio: 1.5, limit: 1.1 },
    { name: 'disk', value: 80, difference: -20, ratio: 0.8 },
    { name: 'memory', difference: 0, ratio: 1, limit: 2 },
  ])
  t.match(checks(summary(5, [1, 1], [2, null]), summary(0, [null, 1], [1, null])), [
    { ratio: null, difference: 5, verdict: 'fail' },
    { value: 2, baseline: 1, ratio: null, difference: null, verdict: 'unknown' },
    { ratio: 2, verdict: 'pass' },
  ])
  t.match(checks(base, base, { disk: 1 }), [{ name: 'disk' }])
  t.equal(checks(base, base, { disk: 1 }).length, 1, 'only what there is a limit for')
})

t.test('a baseline that has not succeeded proves nothing', async (t) => {
  const stale = play(started(), [[10 * MINUTE, null]]).state
  for (const state of [started(), stale, failed]) {
    const baseline = { state, summary: base }
    const result = judge({ state: over, summary: base }, baseline, LIMITS)
    t.match(result, { verdict: 'unknown', checks: [{ verdict: 'unknown', ratio: 1 }] }, state.status)
    t.match(judge({ state: failed, summary: base }, baseline, LIMITS), { verdict: 'fail' })
    t.match(judge({ state: started(), summary: base }, baseline, LIMITS), { verdict: 'unknown' })
  }
})

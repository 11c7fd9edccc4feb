import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { addPoint, mergePoints } from '../../../engine/run/points.ts'
import type { Point } from '../../../engine/run/state.ts'
import { HISTORY_LIMIT, NARROWEST_MS, thin } from '../../../engine/run/thin.ts'
import { point, points, T0 } from './make.ts'

const all = (input: readonly Point[]) =>
  input.reduce<readonly Point[]>((known, each) => addPoint(known, each), [])

t.test(
  'points are ordered by the reporter and each instant is kept once, in whatever order they come',
  async () => {
    fc.assert(
      fc.property(
        points(60).chain((input) =>
          fc.tuple(
            fc.constant(input),
            fc.shuffledSubarray(input, { minLength: input.length, maxLength: input.length }),
          ),
        ),
        ([input, shuffled]) => {
          const ordered = all(input)
          assert.deepEqual(all(shuffled), ordered)
          assert.deepEqual(mergePoints(shuffled, input), ordered, 'merging what overlaps doubles nothing')
          assert.deepEqual(
            ordered.map(({ at }) => at),
            [...new Set(input.map(({ at }) => at))].sort((a, b) => a - b),
          )
        },
      ),
      { numRuns: 100 },
    )
  },
)

t.test('a point that is there already changes nothing', async (t) => {
  const known = [point(T0, { block: 1 }), point(T0 + 1, { block: 2 })]
  t.equal(addPoint(known, point(T0, { block: 1 }, T0 + 9)), known)
  t.equal(addPoint(known, point(T0, { block: 1 }, T0 - 9))[0]?.received_at, T0 - 9, 'the first time counts')
})

t.test('of two reports for one instant the one that is further along stays', async (t) => {
  const rows: [object, object][] = [
    [{ block: 2 }, { block: 1, slot: 9 }],
    [{ block: 2 }, {}],
    [
      { block: 1, slot: 3 },
      { block: 1, slot: 2 },
    ],
    [
      { block: 1, cons_peers: 4 },
      { block: 1, cons_peers: 3 },
    ],
  ]
  for (const [ahead, behind] of rows) {
    const both = [point(T0, ahead as never), point(T0, behind as never)]
    t.match(all(both), [{ metrics: ahead }])
    t.match(all(both.reverse()), [{ metrics: ahead }])
  }
})

const extremesOf = (input: readonly Point[]) => {
  const found = new Map<string, [number, number]>()
  for (const { metrics } of input) {
    for (const [name, value] of Object.entries(metrics)) {
      if (typeof value !== 'number') continue
      const [min, max] = found.get(name) ?? [value, value]
      found.set(name, [Math.min(min, value), Math.max(max, value)])
    }
  }
  return found
}

const bucketsOf = (input: readonly Point[], width: number) =>
  Map.groupBy(input, ({ at }) => Math.floor(at / width))

t.test('thinning keeps first, last, and every extreme of every bucket, within the limit', async () => {
  fc.assert(
    fc.property(points(300), fc.integer({ min: 20, max: 60 }), (input, limit) => {
      const history = mergePoints(input, [])
      const { points: kept, width_ms } = thin({ points: history, width_ms: NARROWEST_MS }, limit)
      assert.ok(kept.length <= limit)
      assert.equal(kept[0], history[0])
      assert.equal(kept.at(-1), history.at(-1))
      const before = bucketsOf(history, width_ms)
      const after = bucketsOf(kept, width_ms)
      for (const [bucket, inside] of before) {
        assert.deepEqual(extremesOf(after.get(bucket) ?? []), extremesOf(inside))
      }
      assert.deepEqual(
        thin({ points: kept, width_ms }, limit),
        { points: kept, width_ms },
        'again is the same',
      )
    }),
    { numRuns: 100 },
  )
})

t.test('thinning as the points come keeps the same extremes as thinning at the end', async () => {
  fc.assert(
    fc.property(points(200), (any) => {
      const input = [...new Map(any.map((each): [number, Point] => [each.at, each])).values()]
      let history = { points: [] as readonly Point[], width_ms: NARROWEST_MS }
      for (const each of input) {
        history = thin({ ...history, points: addPoint(history.points, each) }, 40)
      }
      const whole = mergePoints(input, [])
      assert.equal(history.points[0]?.at, whole[0]?.at)
      assert.equal(history.points.at(-1)?.at, whole.at(-1)?.at)
      const before = bucketsOf(whole, history.width_ms)
      const after = bucketsOf(history.points, history.width_ms)
      for (const [bucket, inside] of before) {
        assert.deepEqual(extremesOf(after.get(bucket) ?? []), extremesOf(inside))
      }
    }),
    { numRuns: 60 },
  )
})

t.test('a spike among a hundred thousand points is kept, and so is the beginning', async (t) => {
  const history = Array.from({ length: 100_000 }, (_, i) =>
    point(T0 + i * 1000, { block: i, cons_peers: i === 41_234 ? 99 : 50 - (i % 7) }),
  )
  const { points: kept } = thin({ points: history, width_ms: NARROWEST_MS })
  t.ok(kept.length <= HISTORY_LIMIT && kept.length > HISTORY_LIMIT / 4, `${kept.length} points`)
  t.equal(kept[0], history[0])
  t.ok(kept.includes(history[41_234] as Point))
})

t.test('with a limit below its extremes a history keeps the extremes all the same', async (t) => {
  const history = Array.from({ length: 10 }, (_, i) =>
    point(i, { block: i, slot: 10 - i, cons_peers: i % 3 }),
  )
  t.ok(thin({ points: history, width_ms: NARROWEST_MS }, 2).points.length > 2)
})

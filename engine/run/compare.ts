import type { Point } from './state.ts'

export type Axis = 'elapsed' | 'block' | 'slot'

/** Points of a curve, x strictly rising. */
export type Series = readonly { readonly x: number; readonly y: number }[]

/** A run's metric along an axis. As a metric, too, `elapsed` is the time since the start of the run, in ms. */
export function seriesOf(startAt: number, points: readonly Point[], axis: Axis, metric: string): Series {
  const measure = (point: Point, name: string) =>
    name === 'elapsed' ? Math.max(0, point.at - startAt) : point.metrics[name]
  const series: { x: number; y: number }[] = []
  for (const point of points) {
    const x = measure(point, axis)
    const y = measure(point, metric)
    if (typeof x !== 'number' || typeof y !== 'number') continue
    // A node that fell back passes the same blocks twice: the first time counts.
    if (x > (series.at(-1)?.x ?? Number.NEGATIVE_INFINITY)) series.push({ x, y })
  }
  return series
}

/**
 * Curves on one axis: at most `count` whole-numbered places from the first to the last x of all, and the value of each
 * curve there, interpolated between its neighbours; null before its first and after its last point.
 */
export function align(curves: readonly Series[], count: number): { x: number[]; y: (number | null)[][] } {
  const ends = curves.flatMap((curve) => [curve[0], curve.at(-1)]).filter((point) => point !== undefined)
  if (ends.length === 0) return { x: [], y: curves.map(() => []) }
  const first = Math.min(...ends.map((point) => point.x))
  const last = Math.max(...ends.map((point) => point.x))
  const places = Array.from({ length: count }, (_, i) =>
    Math.round(first + ((last - first) * i) / Math.max(1, count - 1)),
  )
  const x = [...new Set(places)]
  return { x, y: curves.map((curve) => interpolate(curve, x)) }
}

function interpolate(curve: Series, places: readonly number[]): (number | null)[] {
  let next = 0
  return places.map((x) => {
    while (next < curve.length && (curve[next] as Series[number]).x < x) next++
    const after = curve[next]
    if (!after) return null
    if (after.x === x) return after.y
    const before = curve[next - 1]
    if (!before) return null
    return before.y + ((after.y - before.y) * (x - before.x)) / (after.x - before.x)
  })
}

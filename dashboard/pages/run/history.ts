import type { RunDetail, RunEvent } from '../../lib/api.ts'
import { orderMetrics } from '../../lib/run-metrics.ts'
import { addSample, type Sample } from '../../lib/run-pace.ts'

/** What was measured at an instant (ms, by the reporter's clock). */
export type Point = { readonly at: number; readonly metrics: Readonly<Record<string, number | string>> }

export type Axis = 'time' | 'elapsed' | 'block'

export const AXES: readonly { value: Axis; label: string }[] = [
  { value: 'time', label: 'Time' },
  { value: 'elapsed', label: 'Duration' },
  { value: 'block', label: 'Block' },
]

export const pointsOf = ({ progress_history }: RunDetail): Point[] =>
  progress_history.map(({ timestamp, metrics }) => ({
    at: Date.parse(timestamp),
    metrics: metrics as Point['metrics'],
  }))

/** How far the reporter's clock is ahead of the server's, in ms, by the last report. */
export function skewOf({ progress_history }: RunDetail): number {
  const last = progress_history.at(-1)
  return last ? Date.parse(last.timestamp) - Date.parse(last.received_at) : 0
}

/** The points with one more, which the feed told of: it has the server's time only. */
export function addReport(
  points: readonly Point[],
  event: RunEvent & { type: 'test_progress' },
  skew: number,
): readonly Point[] {
  const last = points.at(-1)
  const at = Date.parse(event.timestamp) + skew
  return [...points, { at: Math.max(at, (last?.at ?? 0) + 1), metrics: event.data as Point['metrics'] }]
}

const number = ({ metrics }: Point, name: string): number | null => {
  const value = metrics[name]
  return typeof value === 'number' ? value : null
}

/** The points that have a place on an axis, and these places, ascending: of blocks that were passed twice the first time counts. */
export function placesOn(
  points: readonly Point[],
  axis: Axis,
  start_at: number,
): { points: Point[]; x: number[] } {
  const kept: Point[] = []
  const x: number[] = []
  for (const point of points) {
    const place =
      axis === 'time' ? point.at : axis === 'elapsed' ? point.at - start_at : number(point, 'block')
    if (place === null || (x.length > 0 && place <= (x.at(-1) as number))) continue
    kept.push(point)
    x.push(place)
  }
  return { points: kept, x }
}

export const valuesOf = (points: readonly Point[], name: string): (number | null)[] =>
  points.map((point) => number(point, name))

/**
 * How fast a metric grew, per second, at each point: over the `span_ms` before it, or since the point before when those
 * are further apart. Null where it fell: what counted began anew.
 */
export function ratesOf(points: readonly Point[], name: string, span_ms: number): (number | null)[] {
  let from = 0
  return points.map((point, i) => {
    while (from < i - 1 && (points[from + 1] as Point).at <= point.at - span_ms) from++
    const before = points[from] as Point
    const [a, b] = [number(before, name), number(point, name)]
    if (i === 0 || a === null || b === null || b < a) return null
    return ((b - a) * 1000) / (point.at - before.at)
  })
}

/** Every metric that was reported, the known ones first; `texts`: with those that are not numbers. */
export function metricsIn(points: readonly Point[], { texts = false } = {}): string[] {
  const names = new Set<string>()
  for (const { metrics } of points)
    for (const name of Object.keys(metrics)) if (texts || typeof metrics[name] === 'number') names.add(name)
  return orderMetrics(names)
}

/** What the speed of the run is told by. */
export function samplesOf(points: readonly Point[]): readonly Sample[] {
  return points.reduce<readonly Sample[]>(
    (samples, point) =>
      addSample(samples, {
        at: point.at,
        block: number(point, 'block'),
        exec: number(point, 'exec_sync_percent'),
        cons: number(point, 'cons_sync_percent'),
      }),
    [],
  )
}

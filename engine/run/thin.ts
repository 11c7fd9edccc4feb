import type { Point } from './state.ts'

/** How many points a run's history keeps. */
export const HISTORY_LIMIT = 1000

/** The finest buckets, in ms. */
export const NARROWEST_MS = 1000

export type History = {
  readonly points: readonly Point[]
  /** How wide the buckets are that it was thinned by, in ms. */
  readonly width_ms: number
}

/**
 * At most `limit` points of an ordered history: the first, the last, and of each bucket of time, for every metric, the
 * point with its smallest and the one with its largest value. Buckets start at multiples of their width, which only
 * doubles: each lies within a later one, so that thinning again and again keeps what thinning once would have.
 * `limit` must be more than four points for each metric.
 */
export function thin({ points, width_ms }: History, limit = HISTORY_LIMIT): History {
  if (points.length <= limit) return { points, width_ms }
  const kept = extremes(points, width_ms)
  const last = points.at(-1) as Point
  const fits = kept.length <= limit || width_ms > last.at
  return fits ? { points: kept, width_ms } : thin({ points, width_ms: 2 * width_ms }, limit)
}

function extremes(points: readonly Point[], width: number): Point[] {
  const keep = new Set<Point>([points[0] as Point, points.at(-1) as Point])
  let bucket = Number.NaN
  let range = new Map<string, { min: Point; max: Point }>()
  const close = () => {
    for (const { min, max } of range.values()) keep.add(min).add(max)
  }
  for (const point of points) {
    const current = Math.floor(point.at / width)
    if (current !== bucket) {
      close()
      range = new Map()
      bucket = current
    }
    for (const [name, value] of Object.entries(point.metrics)) {
      if (typeof value !== 'number') continue
      const known = range.get(name)
      if (!known) range.set(name, { min: point, max: point })
      else if (value < (known.min.metrics[name] as number)) known.min = point
      else if (value > (known.max.metrics[name] as number)) known.max = point
    }
  }
  close()
  return points.filter((point) => keep.has(point))
}

import type { ReportedMetrics } from './reporter-metrics.ts'

/** `timestamp`: unix seconds, unique in a run: servers keep one point of each. */
export type Point = { timestamp: number; metrics: ReportedMetrics; is_complete: boolean }

export type PointQueue = ReturnType<typeof createPointQueue>

/**
 * The points that wait for the server, oldest first, at most `limit`, which is never less than two: the oldest may be
 * under way, and the newest stays.
 *
 * Points of one second become one, the newest. When it is full, the one goes whose neighbours are closest, never the first
 * or the newest: a long absence of the server makes the history coarser all along, not shorter.
 */
export function createPointQueue(limit: number) {
  let points: Point[] = []
  let last_timestamp = 0
  let newest: Point | null = null
  let taken: Point | null = null

  return {
    get size() {
      return points.length
    },
    /** Unix seconds of the newest point ever added; 0 before the first. */
    get last_timestamp() {
      return last_timestamp
    },
    /** When the oldest point was measured, in unix seconds; undefined without any. */
    get next_timestamp() {
      return points[0]?.timestamp
    },
    add(now_s: number, metrics: ReportedMetrics) {
      if (newest && newest !== taken && now_s <= newest.timestamp) {
        newest.metrics = metrics
        return
      }
      last_timestamp = Math.max(now_s, last_timestamp + 1)
      newest = { timestamp: last_timestamp, metrics, is_complete: false }
      points.push(newest)
      if (points.length > Math.max(2, limit)) points.splice(mostCrowded(points), 1)
    },
    /** The oldest point, to be sent; from now on it does not change, because the server may have it already. */
    take(): Point | undefined {
      taken = points[0] ?? null
      return points[0]
    },
    /** What was taken has reached the server, or never will. */
    done() {
      if (points.shift() === newest) newest = null
      taken = null
    },
    /** Gives up all but the oldest, which may be under way, and the newest. */
    keepNewest() {
      if (points.length > 2) points = [...points.slice(0, 1), ...points.slice(-1)]
    },
    clear() {
      points = []
      newest = null
      taken = null
    },
  }
}

function mostCrowded(points: Point[]): number {
  let found = 1
  let narrowest = Number.POSITIVE_INFINITY
  for (let i = 1; i < points.length - 1; i++) {
    const gap = (points[i + 1]?.timestamp ?? 0) - (points[i - 1]?.timestamp ?? 0)
    if (gap < narrowest) {
      narrowest = gap
      found = i
    }
  }
  return found
}

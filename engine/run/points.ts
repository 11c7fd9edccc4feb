import type { Metrics, Point } from './state.ts'

const numberOf = (metrics: Metrics, name: string): number => Number(metrics[name] ?? 0)

/**
 * Of two reports for the same instant the one that is further along, whatever the order in which they came. A point
 * that came twice keeps the time at which it was first received.
 */
function pick(a: Point, b: Point): Point {
  const texts = [JSON.stringify(a.metrics), JSON.stringify(b.metrics)] as const
  if (texts[0] === texts[1]) return b.received_at < a.received_at ? b : a
  const ahead =
    numberOf(a.metrics, 'block') - numberOf(b.metrics, 'block') ||
    numberOf(a.metrics, 'slot') - numberOf(b.metrics, 'slot') ||
    (texts[0] > texts[1] ? 1 : -1)
  return ahead > 0 ? a : b
}

/** The points with one more, ordered by the reporter's clock, one for each instant; the same array when it adds nothing. */
export function addPoint(points: readonly Point[], point: Point): readonly Point[] {
  const index = points.findLastIndex(({ at }) => at <= point.at)
  const found = points[index]
  if (found?.at !== point.at) return points.toSpliced(index + 1, 0, point)
  const picked = pick(found, point)
  return picked === found ? points : points.with(index, picked)
}

/** All points of both, ordered and each instant once; the inputs may overlap. */
export function mergePoints(a: readonly Point[], b: readonly Point[]): Point[] {
  const byInstant = new Map<number, Point>()
  for (const point of [...a, ...b]) {
    const found = byInstant.get(point.at)
    byInstant.set(point.at, found ? pick(found, point) : point)
  }
  return [...byInstant.values()].sort((x, y) => x.at - y.at)
}

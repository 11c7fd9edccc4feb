/** What was measured at an instant (ms): a block number, and how far the two clients are, in percent. */
export type Sample = { at: number; block: number | null; exec: number | null; cons: number | null }

export type Measure = Exclude<keyof Sample, 'at'>

/** How much of each there is per second, as far as it is known. */
export type Slopes = Record<Measure, number | null>

/** What "now" means for a speed: the last minute. An end is foretold from longer, so that it stays where it is. */
export const RATE_MS = 60_000
export const OUTLOOK_MS = 10 * 60_000
/** Less than this says nothing about a speed. */
const LEAST_MS = 15_000
/** Samples are kept this far apart: what is between two of them changes nothing. */
const APART_MS = 5000
const SIDES = ['exec', 'cons'] as const

/**
 * The samples with a newer one. As many stay as are needed to look back; a value that falls (a client began anew) ends what
 * was before it.
 */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1)
  if (!last) return [sample]
  if (sample.at <= last.at) return samples
  if (fell(last, sample)) return [sample]
  const before = samples.at(-2)
  const kept = before && last.at - before.at < APART_MS ? samples.slice(0, -1) : samples
  const from = kept.findLastIndex(({ at }) => at <= sample.at - OUTLOOK_MS)
  return [...kept.slice(Math.max(0, from)), sample]
}

const fell = (before: Sample, after: Sample): boolean =>
  before.block !== null && after.block !== null && after.block < before.block

/** Per second over the last `span_ms`, or longer when samples are further apart; null when too little is known. */
export function slopeOf(samples: readonly Sample[], measure: Measure, span_ms: number): number | null {
  const known = samples.filter((sample) => sample[measure] !== null)
  const newest = known.at(-1)
  const oldest = known.findLast(({ at }) => at <= (newest as Sample).at - span_ms) ?? known[0]
  if (!newest || !oldest || newest.at - oldest.at < LEAST_MS) return null
  const change = (newest[measure] as number) - (oldest[measure] as number)
  return change < 0 ? null : change / ((newest.at - oldest.at) / 1000)
}

export const slopesOf = (samples: readonly Sample[], span_ms: number): Slopes => ({
  block: slopeOf(samples, 'block', span_ms),
  exec: slopeOf(samples, 'exec', span_ms),
  cons: slopeOf(samples, 'cons', span_ms),
})

/**
 * When both clients will be in sync, in ms like `at`; null when that cannot be said: one of them stands still, or nobody has
 * told how far they are.
 */
export function finishOf(last: Sample, slopes: Slopes): number | null {
  const left = SIDES.filter((side) => last[side] !== null).map((side) => {
    const missing = 100 - (last[side] as number)
    return missing <= 0 ? 0 : missing / (slopes[side] ?? 0)
  })
  const longest = Math.max(...left)
  return left.length === 0 || !Number.isFinite(longest) ? null : last.at + longest * 1000
}

/** The end as it is shown: as before, unless it is off by more than one would forgive. */
export function steadyFinish(before: number | null, next: number | null, now: number): number | null {
  if (before === null || next === null) return next
  const forgiven = Math.max(10_000, 0.05 * (next - now))
  return Math.abs(next - before) <= forgiven ? before : next
}

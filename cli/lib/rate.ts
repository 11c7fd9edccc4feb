type Sample = { at: number; height: number; left: number }

/** `rate` per second; `eta_ms` null while nothing comes closer, and when the goal is not known. */
export type Pace = { rate: number | null; eta_ms: number | null }

/** How far back the pace looks, in ms: long enough for imports that come in batches. */
const WINDOW_MS = 120_000

/** How fast a height rises and when it arrives, by the last two minutes. The goal may move as well. */
export function createPace() {
  let samples: Sample[] = []
  return (at: number, height: number, goal: number): Pace => {
    const sample = { at, height, left: Math.max(0, goal - height) }
    samples = [...samples.filter((each) => at - each.at <= WINDOW_MS), sample]
    const first = samples[0] as Sample
    const seconds = (at - first.at) / 1000
    if (seconds <= 0) return { rate: null, eta_ms: null }
    const rate = Math.max(0, (height - first.height) / seconds)
    const closing = (first.left - sample.left) / seconds
    const eta_ms = sample.left > 0 && closing > 0 ? (sample.left / closing) * 1000 : null
    return { rate, eta_ms }
  }
}

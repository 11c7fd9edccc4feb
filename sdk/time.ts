/** Where the client gets its time from; a test may give its own. */
export type SdkTime = {
  /** ms with fractions since whenever; never goes back, whatever happens to the machine's clock. */
  monotonic(): number
  /** ms since the Unix epoch, by the machine's clock. */
  now(): number
  /** Runs `fn` once, `ms` from now; what it returns calls that off. */
  after(ms: number, fn: () => void): () => void
}

/** Timers count in 32 bits: a longer one would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The time of this machine. */
export function createTime(): SdkTime {
  return {
    monotonic: () => performance.now(),
    now: () => Date.now(),
    after(ms, fn) {
      const timer = setTimeout(fn, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
      return () => clearTimeout(timer)
    },
  }
}

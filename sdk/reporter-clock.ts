export type Cancel = () => void

/** Where the reporter gets its time from. A server's clock and a test's fake one fit. */
export type ReporterClock = {
  /** Whole ms since the Unix epoch; never goes back. */
  now(): number
  /** Runs `fn` once, never before `at`. A `background` timer keeps no process alive. */
  at(at: number, fn: () => void, options?: { background: boolean }): Cancel
}

/** How far the wall clock may run ahead of the monotonic one (a machine that slept) before it is followed, in ms. */
const LARGEST_DRIFT_MS = 1000

/** The time of this machine, kept from going back when its wall clock is set. */
export function createReporterClock(): ReporterClock {
  let base = Date.now() - performance.now()
  const now = () => {
    const monotonic = base + performance.now()
    const ahead = Date.now() - monotonic
    if (ahead > LARGEST_DRIFT_MS) base += ahead
    return Math.floor(base + performance.now())
  }
  return {
    now,
    at(at, fn, options) {
      const timer: unknown = setTimeout(fn, Math.max(0, at - now()))
      if (options?.background && isNodeTimer(timer)) timer.unref()
      return () => clearTimeout(timer as number)
    },
  }
}

/** Browsers number their timers; only Node's can let go of the process. */
function isNodeTimer(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer
}

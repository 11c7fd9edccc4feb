import type { SdkTime } from './time.ts'

export type Backoff = {
  /** Failures in a row. */
  readonly attempt: number
  /** When the next attempt is due, in ms since the Unix epoch by the machine's clock; null while none is planned. */
  readonly retry_at: number | null
  /**
   * Counts a failure and plans the next attempt: after 1, 2, 4 ... 60 s with full jitter, not before `at_least_ms`, and
   * at once when the network or the page comes back or the machine has slept. Replaces what was planned.
   */
  retry(attempt: () => void, at_least_ms?: number): void
  /** It worked: the next failure is the first one. Calls off what is planned. */
  reset(): void
  /** Calls off what is planned, the count stays. */
  cancel(): void
}

type Options = { time: SdkTime; random: () => number; first_ms?: number; longest_ms?: number }

/** Full jitter: a thousand clients that lost one server do not come back as one. */
export function jittered(
  attempt: number,
  random: () => number,
  first_ms: number,
  longest_ms: number,
): number {
  return random() * Math.min(longest_ms, first_ms * 2 ** Math.min(attempt - 1, 30))
}

/** Spaces out the attempts to connect. */
export function createBackoff({ time, random, first_ms = 1000, longest_ms = 60_000 }: Options): Backoff {
  let attempt = 0
  let retry_at: number | null = null
  let stop = () => {}

  const cancel = () => {
    stop()
    stop = () => {}
    retry_at = null
  }

  return {
    get attempt() {
      return attempt
    },
    get retry_at() {
      return retry_at
    },
    retry(fn, at_least_ms = 0) {
      cancel()
      attempt += 1
      const delay = Math.max(at_least_ms, jittered(attempt, random, first_ms, longest_ms))
      retry_at = time.now() + delay
      const go = () => {
        cancel()
        fn()
      }
      const stopTimer = time.after(delay, go)
      const stopWaiting = onWake(time, go)
      stop = () => {
        stopTimer()
        stopWaiting()
      }
    },
    reset() {
      cancel()
      attempt = 0
    },
    cancel,
  }
}

/** How often is looked whether the machine has slept, and how late a look must be to tell so, in ms. */
const LOOK_MS = 5000
const LATE_MS = 5000

/** What a page or a worker has of this; elsewhere none of it is there. */
type Surroundings = Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>> & {
  document?: EventTarget & { visibilityState: string }
}

/**
 * Calls `fn` when waiting has become pointless: the network is back, the page is looked at again, or the machine has
 * woken up (which shows in a timer that is late). What it returns ends that.
 */
export function onWake(time: SdkTime, fn: () => void): () => void {
  const page = globalThis as unknown as Surroundings
  const { document } = page
  const onVisible = () => {
    if (document?.visibilityState === 'visible') fn()
  }
  let stopLooking = () => {}
  const look = () => {
    const due = time.now() + LOOK_MS
    stopLooking = time.after(LOOK_MS, () => {
      const late = time.now() - due
      look()
      if (late > LATE_MS) fn()
    })
  }
  look()
  page.addEventListener?.('online', fn)
  document?.addEventListener('visibilitychange', onVisible)
  return () => {
    stopLooking()
    page.removeEventListener?.('online', fn)
    document?.removeEventListener('visibilitychange', onVisible)
  }
}

import type { Backoff } from './backoff.ts'
import type { Stop } from './client-types.ts'

/**
 * Loads a part of the client that not every page needs, and hands it over. What keeps it away may pass, so it is tried
 * again. What this returns calls it off.
 */
export function load<T>(part: () => Promise<T>, use: (part: T) => void, backoff: Backoff): Stop {
  let stopped = false
  const attempt = () => {
    part().then(
      (loaded) => stopped || use(loaded),
      () => stopped || backoff.retry(attempt),
    )
  }
  attempt()
  return () => {
    stopped = true
    backoff.cancel()
  }
}

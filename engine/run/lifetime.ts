import { hasEnded, type RunState } from './state.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** How long a stale run waits for its reporter, at least. */
export const STALE_LIFETIME_MS = 7 * DAY_MS

/** A running run always has a deadline; only a server that is away for longer than this loses it. */
export const RUNNING_LIFETIME_MS = 365 * DAY_MS

/** How long a run is to be kept from its last change on, in ms; finished ones for `retention_ms`. */
export function lifetime(state: RunState, retention_ms: number): number {
  if (hasEnded(state)) return retention_ms
  if (state.status === 'running') return RUNNING_LIFETIME_MS
  const waits = Math.max(STALE_LIFETIME_MS, retention_ms)
  // Its run_timeout must still find it.
  return state.run_timeout_ms === null ? waits : Math.max(waits, state.run_timeout_ms + retention_ms)
}

import type { SessionState } from './state.ts'

const HOUR_MS = 60 * 60 * 1000

/** How long a session is kept after its end. */
export const ENDED_LIFETIME_MS = HOUR_MS

/**
 * How long one that has not ended is kept while nothing happens: past its deadline, so that servers that were away
 * find it, or from its last change when it waits for somebody.
 */
export const OPEN_LIFETIME_MS = 7 * 24 * HOUR_MS

/** How long a session is to be kept from `now` (ms) on, in ms: at least an hour, and as long as its clock needs. */
export function lifetime(state: SessionState, now: number): number {
  if (state.session_completed_at !== null) return ENDED_LIFETIME_MS
  return Math.max(0, (state.cycle_deadline_at ?? now) - now) + OPEN_LIFETIME_MS
}

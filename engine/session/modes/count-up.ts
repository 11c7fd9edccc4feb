import { itself, type Mode } from './mode.ts'

/**
 * A stopwatch for everybody. It stops at max_time_ms; without one it never does, and what runs past the participant's
 * total counts as overtime.
 */
export const countUp: Mode = {
  granted: (session, participant) => session.max_time_ms ?? participant.total_time_ms,
  shares: itself,
  limited: (state) => state.max_time_ms !== null,
  fresh: false,
  earns: false,
  overtime: false,
}

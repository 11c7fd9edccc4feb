import { always, type Mode } from './mode.ts'

/** One clock for the whole session, as in an exam; a switch changes who is active, not the clock. */
export const global: Mode = {
  granted: (session) =>
    session.total_time_ms ?? Math.max(...session.participants.map((p) => p.total_time_ms)),
  shares: always,
  limited: always,
  fresh: false,
  earns: false,
  overtime: true,
}

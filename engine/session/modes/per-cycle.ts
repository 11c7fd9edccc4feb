import { always, itself, type Mode } from './mode.ts'

/** Every turn has the same time, as in a debate or for the bids of an auction. */
export const perCycle: Mode = {
  granted: (session, participant) => session.time_per_cycle_ms ?? participant.total_time_ms,
  shares: itself,
  limited: always,
  fresh: true,
  earns: false,
  overtime: true,
}

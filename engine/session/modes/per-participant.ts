import { always, itself, type Mode } from './mode.ts'

/** Everybody has an own clock, as in chess. */
export const perParticipant: Mode = {
  granted: (_session, participant) => participant.total_time_ms,
  shares: itself,
  limited: always,
  fresh: false,
  earns: true,
  overtime: true,
}

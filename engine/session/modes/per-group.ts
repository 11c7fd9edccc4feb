import { always, itself, type Mode } from './mode.ts'

/** The members of a group share one clock; whoever has no group is a group of one. */
export const perGroup: Mode = {
  granted: (_session, participant) => participant.total_time_ms,
  shares: (a, b) => itself(a, b) || (a.group_id !== undefined && a.group_id === b.group_id),
  limited: always,
  fresh: false,
  earns: true,
  overtime: true,
}

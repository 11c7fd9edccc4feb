import type { Participant, Session } from './types-session.ts'

/** What is asked for at every frame is looked up once for each state. */
type Prepared = {
  participants: Map<string, Participant>
  active: Participant | undefined
  started_at: number
}

const prepared = new WeakMap<Session, Prepared>()

function prepare(state: Session): Prepared {
  const known = prepared.get(state)
  if (known) return known
  const participants = new Map(state.participants.map((p) => [p.participant_id, p]))
  const started_at = state.cycle_started_at === null ? Number.NaN : Date.parse(state.cycle_started_at)
  const active = Number.isNaN(started_at) ? undefined : participants.get(state.active_participant_id ?? '')
  const fresh = { participants, active, started_at }
  prepared.set(state, fresh)
  return fresh
}

/** Whether both play on one clock. */
export function share({ sync_mode }: Session, a: Participant, b: Participant): boolean {
  if (a === b || sync_mode === 'global') return true
  return sync_mode === 'per_group' && a.group_id !== undefined && a.group_id === b.group_id
}

/** Whether a clock can run out at all. */
export const isLimited = ({ sync_mode, max_time_ms }: Session) =>
  sync_mode !== 'count_up' || max_time_ms !== null

/**
 * What is left on the clock of a participant at `now` (ms since the Unix epoch, server's time), in ms: at least 0, and
 * Infinity for a stopwatch without an end. It is that of the session (global) or of the group (per_group) where these
 * have one clock. 0 for somebody who does not take part.
 */
export function remaining(state: Session, participant_id: string, now: number): number {
  const { participants, active, started_at } = prepare(state)
  const participant = participants.get(participant_id)
  if (!participant) return 0
  if (!isLimited(state)) return Number.POSITIVE_INFINITY
  const runs = active !== undefined && share(state, active, participant)
  return Math.max(0, participant.time_remaining_ms - (runs ? Math.max(0, now - started_at) : 0))
}

/** What the turns of a participant took until `now`, the running one included, in ms; a stopwatch stops at its end. */
export function used(state: Session, participant_id: string, now: number): number {
  const { participants, active, started_at } = prepare(state)
  const participant = participants.get(participant_id)
  if (!participant) return 0
  if (participant !== active) return participant.time_used_ms
  const ran = Math.max(0, now - started_at)
  const stops = state.sync_mode === 'count_up' && isLimited(state)
  return participant.time_used_ms + (stops ? Math.min(ran, participant.time_remaining_ms) : ran)
}

/** What a stopwatch shows at `now`, in ms: that of a participant, or with null that of all together. */
export function elapsed(state: Session, participant_id: string | null, now: number): number {
  if (participant_id !== null) return used(state, participant_id, now)
  const { active } = prepare(state)
  const before = state.participants.reduce((sum, p) => sum + p.time_used_ms, 0)
  return before + (active ? used(state, active.participant_id, now) - active.time_used_ms : 0)
}

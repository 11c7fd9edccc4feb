import { isLimited, share } from './countdown.ts'
import type { Participant, Session, SwitchTurn } from './types-session.ts'

export type Command = { type: 'start' | 'pause' | 'resume' | 'complete' | 'switch' } & SwitchTurn

const iso = (at: number): string => new Date(at).toISOString()

/**
 * What a command that reaches the server at `now` (ms since the Unix epoch) makes of a session. Null when it would be
 * refused or change nothing, and when a clock has run out by then: what that leads to is for the server to tell.
 *
 * Says what engine/session says in a fraction of its size, which pages have to load; a test holds one against the other.
 */
export function predict(session: Session, command: Command, now: number): Session | null {
  const at = Math.max(Math.floor(now), Date.parse(session.updated_at))
  const { cycle_deadline_at } = session
  if (cycle_deadline_at !== null && Date.parse(cycle_deadline_at) <= at) return null
  const next = structuredClone(session)
  if (!change(next, command, at)) return null
  next.version += 1
  next.updated_at = iso(at)
  for (const p of next.participants) p.is_active = p.participant_id === next.active_participant_id
  return next
}

/** Applies the command; false when it is refused, and then the session is of no use any more. */
function change(session: Session, command: Command, at: number): boolean {
  const { status, version, active_participant_id: active } = session
  const order = session.participants.toSorted((a, b) => a.participant_index - b.participant_index)
  if (command.type === 'start') {
    if (status !== 'pending') return false
    session.session_started_at = iso(at)
    return begin(session, order[0], at)
  }
  if (command.type === 'resume') return status === 'paused' && run(session, at)
  if (command.type === 'complete') {
    if (status === 'completed') return false
    if (session.cycle_started_at !== null) stop(session, at)
    endTurn(session, 0)
    session.active_participant_id = null
    session.status = 'completed'
    session.session_completed_at ??= iso(at)
    return true
  }
  if (status !== 'running') return false
  if (command.type === 'pause') {
    session.status = 'paused'
    return stop(session, at)
  }
  const { expected_version = version, current_participant_id = active, next_participant_id } = command
  if (expected_version !== version || current_participant_id !== active) return false
  stop(session, at)
  endTurn(session, earned(session))
  const after = order.findIndex((p) => p.participant_id === active) + 1
  const next = next_participant_id ? byId(session, next_participant_id) : order[after % order.length]
  return begin(session, next, at)
}

const byId = ({ participants }: Session, id: string | null) =>
  participants.find((p) => p.participant_id === id)

const activeOf = (session: Session) => byId(session, session.active_participant_id)

function setLeft(participant: Participant, left: number) {
  participant.time_remaining_ms = left
  participant.total_time_ms = left
}

/** Charges what ran to the active participant, and to whoever shares its clock. */
function stop(session: Session, at: number): true {
  const active = activeOf(session)
  const ran = Math.max(0, at - Date.parse(session.cycle_started_at ?? ''))
  session.cycle_started_at = null
  session.cycle_deadline_at = null
  if (!active) return true
  const before = active.time_remaining_ms
  const in_time = Math.min(ran, before)
  const past = session.sync_mode === 'count_up' && isLimited(session) ? 0 : ran - in_time
  const expired = isLimited(session) && ran >= before
  for (const p of session.participants) {
    if (p !== active && (in_time === 0 || !share(session, active, p))) continue
    setLeft(p, before - in_time)
    p.has_expired = expired
  }
  active.time_used_ms += in_time + past
  active.overtime_ms += past
  return true
}

/** What a turn that has just ended earns. */
function earned(session: Session): number {
  const earns = session.sync_mode === 'per_participant' || session.sync_mode === 'per_group'
  return earns && !activeOf(session)?.has_expired ? (session.increment_ms ?? 0) : 0
}

function endTurn(session: Session, increment: number) {
  const active = activeOf(session)
  if (!active) return
  active.cycle_count += 1
  for (const p of session.participants) {
    if (share(session, active, p)) setLeft(p, p.time_remaining_ms + increment)
  }
  if (session.sync_mode === 'per_cycle') setLeft(active, active.granted_time_ms)
}

/** Gives the turn to a participant; false when there is no such one. */
function begin(session: Session, participant: Participant | undefined, at: number): boolean {
  if (!participant) return false
  session.active_participant_id = participant.participant_id
  if (session.sync_mode === 'per_cycle') {
    setLeft(participant, participant.granted_time_ms)
    participant.has_expired = false
  }
  return run(session, at)
}

function run(session: Session, at: number): boolean {
  const active = activeOf(session)
  if (!active) return false
  const losesTurn =
    session.auto_advance || (session.action_on_timeout ?? { type: 'notify' }).type !== 'notify'
  const told = active.has_expired && !losesTurn
  session.status = 'running'
  session.cycle_started_at = iso(at)
  session.cycle_deadline_at = isLimited(session) && !told ? iso(at + active.time_remaining_ms) : null
  return true
}

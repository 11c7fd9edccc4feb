import { modeOf } from './modes/index.ts'
import { activeParticipant, type Participant, type SessionState } from './state.ts'

/** Replaces the participants for which `change` answers something new; the others stay the same objects. */
function each(state: SessionState, change: (p: Participant) => Participant): SessionState {
  return { ...state, participants: state.participants.map(change) }
}

/**
 * Stops the running clock at `now` (ms) and charges what ran since cycle_started_at to the active participant and to
 * whoever shares its clock. Elapsed time is never negative. Nothing runs afterwards.
 */
export function stop(state: SessionState, now: number): SessionState {
  const mode = modeOf(state)
  const active = activeParticipant(state)
  const elapsed = Math.max(0, now - (state.cycle_started_at as number))
  const inTime = Math.min(elapsed, active.time_remaining_ms)
  const limited = mode.limited(state)
  const past = limited && !mode.overtime ? 0 : elapsed - inTime
  const expired = limited && elapsed >= active.time_remaining_ms
  const left = active.time_remaining_ms - inTime
  const charged = each(state, (p) => {
    const own = p === active
    if (!own && (left === p.time_remaining_ms || !mode.shares(active, p))) return p
    return {
      ...p,
      time_remaining_ms: left,
      has_expired: expired,
      time_used_ms: own ? p.time_used_ms + inTime + past : p.time_used_ms,
      overtime_ms: own ? p.overtime_ms + past : p.overtime_ms,
    }
  })
  return { ...charged, cycle_started_at: null, cycle_deadline_at: null }
}

/**
 * Lets the active participant's clock run from `now` (ms). A clock that has run out gets no second deadline, unless
 * running out takes the turn away: then it is due at once.
 */
export function run(state: SessionState, now: number): SessionState {
  const active = activeParticipant(state)
  const told = active.has_expired && !losesTurn(state)
  const deadline = modeOf(state).limited(state) && !told ? now + active.time_remaining_ms : null
  return { ...state, cycle_started_at: now, cycle_deadline_at: deadline }
}

/** Gives the turn to a participant and lets its clock run from `now` (ms). */
export function begin(state: SessionState, participantId: string, now: number): SessionState {
  const given = { ...state, active_participant_id: participantId }
  if (!modeOf(state).fresh) return run(given, now)
  const filled = each(given, (p) =>
    p.participant_id === participantId
      ? { ...p, time_remaining_ms: p.granted_time_ms, has_expired: false }
      : p,
  )
  return run(filled, now)
}

/**
 * Ends the turn of the active participant, whose clock has been stopped: counts it, and pays the increment when it
 * ended in time and `earned` allows.
 */
export function end(state: SessionState, earned: boolean): SessionState {
  const mode = modeOf(state)
  const active = activeParticipant(state)
  const increment = earned && mode.earns && !active.has_expired ? (state.increment_ms ?? 0) : 0
  const ended = each(state, (p) => {
    const own = p === active
    if (!own && (increment === 0 || !mode.shares(active, p))) return p
    const left = mode.fresh && own ? p.granted_time_ms : p.time_remaining_ms + increment
    return { ...p, time_remaining_ms: left, cycle_count: own ? p.cycle_count + 1 : p.cycle_count }
  })
  return { ...ended, active_participant_id: null }
}

/** Whether the active participant's turn ends by itself when its clock runs out. */
export function losesTurn(state: SessionState): boolean {
  return state.auto_advance || (state.action_on_timeout !== null && state.action_on_timeout.type !== 'notify')
}

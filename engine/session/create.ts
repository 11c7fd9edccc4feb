import { type FieldProblem, validationError } from '../errors.ts'
import { modeOf } from './modes/index.ts'
import type { NewParticipant, NewSession, SessionState } from './state.ts'

/**
 * The state of a new session at `now` (ms), pending, its clocks full.
 *
 * @throws DomainError VALIDATION_ERROR when participants contradict each other.
 */
export function create(session: NewSession, version: number, now: number): SessionState {
  const problems = [...duplicates(session.participants), ...unequalGroups(session)]
  if (problems.length > 0) throw validationError(problems)
  const mode = modeOf(session)
  return {
    session_id: session.session_id,
    sync_mode: session.sync_mode,
    status: 'pending',
    version,
    participants: session.participants.map((p) => {
      const granted = mode.granted(session, p)
      return {
        participant_id: p.participant_id,
        participant_index: p.participant_index,
        ...(p.group_id === undefined ? {} : { group_id: p.group_id }),
        granted_time_ms: granted,
        time_remaining_ms: granted,
        time_used_ms: 0,
        overtime_ms: 0,
        cycle_count: 0,
        has_expired: false,
      }
    }),
    active_participant_id: null,
    total_time_ms: session.total_time_ms ?? null,
    time_per_cycle_ms: session.time_per_cycle_ms ?? null,
    increment_ms: session.increment_ms ?? null,
    max_time_ms: session.max_time_ms ?? null,
    auto_advance: session.auto_advance ?? false,
    action_on_timeout: session.action_on_timeout ?? null,
    metadata: session.metadata ?? null,
    cycle_started_at: null,
    cycle_deadline_at: null,
    session_started_at: null,
    session_completed_at: null,
    created_at: now,
    updated_at: now,
  }
}

function duplicates(participants: NewParticipant[]): FieldProblem[] {
  const seen = new Set<string>()
  return participants.flatMap(({ participant_id }, i) => {
    if (seen.has(participant_id)) {
      return [{ field: `participants.${i}.participant_id`, message: `${participant_id} is given twice` }]
    }
    seen.add(participant_id)
    return []
  })
}

function unequalGroups(session: NewSession): FieldProblem[] {
  if (session.sync_mode !== 'per_group') return []
  const totals = new Map<string, number>()
  return session.participants.flatMap(({ group_id, total_time_ms }, i) => {
    if (group_id === undefined) return []
    const total = totals.get(group_id) ?? total_time_ms
    totals.set(group_id, total)
    if (total === total_time_ms) return []
    return [
      {
        field: `participants.${i}.total_time_ms`,
        message: `must be ${total}, as for the other members of group ${group_id}: they share one clock`,
      },
    ]
  })
}

/** True when creating `session` would have made `state` as it was at its creation: the request is a repetition. */
export function isSameRequest(state: SessionState, session: NewSession): boolean {
  const again = create(session, state.version, state.created_at)
  const fixed = (s: SessionState) => [
    s.sync_mode,
    s.participants.map((p) => [p.participant_id, p.participant_index, p.group_id, p.granted_time_ms]),
    s.total_time_ms,
    s.time_per_cycle_ms,
    s.increment_ms,
    s.max_time_ms,
    s.auto_advance,
    s.action_on_timeout,
    s.metadata,
  ]
  return equal(fixed(again), fixed(state))
}

/** Deep equality of JSON values; the order of an object's keys does not matter. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const keys = Object.keys(a)
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key as never], b[key as never]))
  )
}

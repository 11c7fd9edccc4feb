import { DomainError } from '../../engine/errors.ts'
import type { Participant, SessionState } from '../../engine/session/state.ts'
import type { Session } from '../../schemas/session.ts'

/** Most instants of a session are those that it had before: writing them anew is a good part of writing it. */
const written = new Map<number, string>()
const MOST_WRITTEN = 10_000

/** ISO 8601 in UTC with milliseconds, as all instants on the wire. */
function iso(at: number | null): string | null {
  if (at === null) return null
  const known = written.get(at)
  if (known !== undefined) return known
  const text = new Date(at).toISOString()
  if (written.size >= MOST_WRITTEN) written.clear()
  written.set(at, text)
  return text
}

const ms = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant))

/** The session as clients see it. */
export function toWire(state: SessionState): Session {
  return {
    session_id: state.session_id,
    sync_mode: state.sync_mode,
    status: state.status,
    version: state.version,
    participants: state.participants.map((p) => ({
      participant_id: p.participant_id,
      participant_index: p.participant_index,
      ...(p.group_id === undefined ? {} : { group_id: p.group_id }),
      granted_time_ms: p.granted_time_ms,
      total_time_ms: p.time_remaining_ms,
      time_used_ms: p.time_used_ms,
      time_remaining_ms: p.time_remaining_ms,
      overtime_ms: p.overtime_ms,
      cycle_count: p.cycle_count,
      is_active: p.participant_id === state.active_participant_id,
      has_expired: p.has_expired,
    })),
    active_participant_id: state.active_participant_id,
    total_time_ms: state.total_time_ms,
    time_per_cycle_ms: state.time_per_cycle_ms,
    increment_ms: state.increment_ms,
    max_time_ms: state.max_time_ms,
    auto_advance: state.auto_advance,
    action_on_timeout: state.action_on_timeout,
    metadata: state.metadata,
    cycle_started_at: iso(state.cycle_started_at),
    cycle_deadline_at: iso(state.cycle_deadline_at),
    session_started_at: iso(state.session_started_at),
    session_completed_at: iso(state.session_completed_at),
    created_at: iso(state.created_at) as string,
    updated_at: iso(state.updated_at) as string,
  }
}

/** The state behind a session as clients see it. */
export function fromWire(session: Session): SessionState {
  return {
    ...session,
    participants: session.participants.map(({ total_time_ms: _, is_active: __, ...p }) => p as Participant),
    cycle_started_at: ms(session.cycle_started_at),
    cycle_deadline_at: ms(session.cycle_deadline_at),
    session_started_at: ms(session.session_started_at),
    session_completed_at: ms(session.session_completed_at),
    created_at: Date.parse(session.created_at),
    updated_at: Date.parse(session.updated_at),
  }
}

export const encode = (state: SessionState): string => JSON.stringify(toWire(state))

/** @throws DomainError STATE_DESERIALIZATION_ERROR when the document is not a session. */
export function decode(document: string): SessionState {
  try {
    return fromWire(JSON.parse(document))
  } catch {
    throw new DomainError(
      'internal',
      'STATE_DESERIALIZATION_ERROR',
      'The stored state of this session cannot be read; delete the session and create it again',
    )
  }
}

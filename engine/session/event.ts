import type { Participant, SessionState } from './state.ts'

export type SessionEventType =
  | 'session.created'
  | 'session.started'
  | 'session.switched'
  | 'session.turn_expired'
  | 'session.advanced'
  | 'session.paused'
  | 'session.resumed'
  | 'session.completed'
  | 'session.expired'
  | 'session.deleted'
  | 'session.resynced'

/**
 * One accepted change of a session, enough to rebuild the state from the one before it.
 *
 * - `session.turn_expired`: the clock reached zero, the turn stays; `session.advanced`: it reached zero and the server
 *   gave the turn to the next; `session.expired`: it reached zero and the session is over.
 * - `session.resynced`: the store has lost changes. What is left of the session is told anew, above all versions that
 *   anybody has seen, so that versions go on rising for everybody; those in between are of the changes that were lost.
 */
export type SessionEvent = {
  readonly type: SessionEventType
  readonly version: number
  /** ms since the Unix epoch; for what happens at a deadline, the deadline. */
  readonly at: number
  /** Whose turn it was. */
  readonly participant_id: string | null
  /** Set when this turn's clock had run out. */
  readonly expired_participant_id: string | null
  /** The fields that differ from the state before, participants apart; all of them for session.created and session.resynced. */
  readonly changes: Partial<Omit<SessionState, 'participants'>>
  /** The participants that differ, whole; all of them where there are all fields. */
  readonly participants: readonly Participant[]
}

/** What turns `before` into `after`. */
export function changesBetween(
  before: SessionState | null,
  after: SessionState,
): Pick<SessionEvent, 'changes' | 'participants'> {
  const changed = Object.entries(after).filter(
    ([field, value]) => field !== 'participants' && value !== before?.[field as keyof SessionState],
  )
  return {
    changes: Object.fromEntries(changed),
    participants: after.participants.filter((p, i) => p !== before?.participants[i]),
  }
}

/** The state after an event. `state` is null before session.created; a deletion leaves null. */
export function evolve(state: SessionState | null, event: SessionEvent): SessionState | null {
  if (event.type === 'session.deleted') return null
  if (state === null) return { ...event.changes, participants: event.participants } as SessionState
  const changed = new Map(event.participants.map((p) => [p.participant_id, p]))
  return {
    ...state,
    ...event.changes,
    participants: state.participants.map((p) => changed.get(p.participant_id) ?? p),
  }
}

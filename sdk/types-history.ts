// Written by `npm run sdk:types` from schemas/.

import type { Session, SessionStatus } from './types-session.ts'

/** A change, and the session after it; null once it is deleted */
export type SessionEvent = {
  /** The session */
  session_id: string
  /** Tells apart the lives of a session that was deleted and created again */
  epoch: number
  version: number
  /** What happened */
  type: string
  /** When; for what happens at a deadline, the deadline */
  at: string
  /** Whose turn it was */
  participant_id: string | null
  /** Set when this turn had run out of time */
  expired_participant_id: string | null
  /** What participant_id has left after it */
  time_remaining_ms: number | null
  /** What participant_id has used up to then */
  time_used_ms: number | null
  state: Session | null
}

export type SessionHistoryQuery = {
  /**
   * Only what came after this place: next_after of the page before, `epoch-version` of an event, or a
   * bare version
   */
  after?: string | undefined
  /**
   * Events of a page, 100 when not given; a page of large sessions may hold fewer. CSV: all when not
   * given
   */
  limit?: number | undefined
  /**
   * Waits up to 2 s until the audit log has this version. Compare `version` of the answer: it is what
   * the audit log had then.
   */
  min_version?: number | undefined
}

export type SessionHistory = {
  events: SessionEvent[]
  /** For the next page; null when there is none yet */
  next_after: string | null
  /** The newest version that the audit log has */
  version: number | null
}

export type SessionStatsQuery = {
  /**
   * Waits up to 2 s until the audit log has this version. Compare `version` of the answer: it is what
   * the audit log had then.
   */
  min_version?: number | undefined
}

export type ParticipantStats = {
  /** In the order of participant_index */
  participant_id: string
  participant_index: number
  /** Whom this participant shares a clock with */
  group_id: string | null
  /** Turns that have ended */
  turns: number
  /** What all turns took, as of the last change */
  time_used_ms: number
  /** The longest turn that has ended */
  longest_turn_ms: number
  /** Of the turns that have ended */
  average_turn_ms: number | null
  /** How much of time_used_ms lay past zero */
  overtime_ms: number
}

export type SessionStats = {
  /** The session */
  session_id: string
  /** The version that these figures are of */
  version: number | null
  status: SessionStatus | null
  /** Turns that have ended, of all participants */
  cycles: number
  participants: ParticipantStats[]
}

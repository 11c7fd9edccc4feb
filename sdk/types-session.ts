// Written by `npm run sdk:types` from schemas/.

/** How time is kept */
export type SyncMode = 'per_participant' | 'per_cycle' | 'per_group' | 'global' | 'count_up'

export type SessionStatus = 'pending' | 'running' | 'paused' | 'expired' | 'completed' | 'cancelled'

/** What the server does when a turn runs out of time */
export type TimeoutAction = {
  type: 'skip_cycle' | 'end_session' | 'notify'
}

export type NewParticipant = {
  /** Unique in the session */
  participant_id: string
  /** Order of the turns */
  participant_index: number
  /** Time on this clock, in ms */
  total_time_ms: number
  /** per_group: whom this participant shares a clock with */
  group_id?: string | undefined
}

export type CreateSession = {
  /** Chosen by the client, which makes a repeated create safe */
  session_id: string
  sync_mode: SyncMode
  participants: NewParticipant[]
  /** global: the one clock, in ms */
  total_time_ms?: number | undefined
  /** per_cycle: time for each turn, in ms */
  time_per_cycle_ms?: number | undefined
  /** Added to a clock after each turn that ended in time, in ms */
  increment_ms?: number | undefined
  /** count_up: where the stopwatch stops, in ms */
  max_time_ms?: number | undefined
  /** Whose time runs out loses the turn */
  auto_advance?: boolean | undefined
  action_on_timeout?: TimeoutAction | undefined
  /** The client's own JSON, at most 16 KiB */
  metadata?: Record<string, unknown> | undefined
}

export type Participant = {
  /** Unique in the session */
  participant_id: string
  participant_index: number
  /** Whom this participant shares a clock with */
  group_id?: string | undefined
  /** What the clock held at the start */
  granted_time_ms: number
  /** What is left, as of cycle_started_at */
  total_time_ms: number
  /** What the turns took, as of cycle_started_at */
  time_used_ms: number
  /** The same as total_time_ms */
  time_remaining_ms: number
  /** How much of time_used_ms lay past zero */
  overtime_ms: number
  /** Turns that have ended */
  cycle_count: number
  is_active: boolean
  has_expired: boolean
}

export type Session = {
  /** As given at the creation */
  session_id: string
  sync_mode: SyncMode
  status: SessionStatus
  /** Rises with every change */
  version: number
  participants: Participant[]
  /** Whose turn it is */
  active_participant_id: string | null
  total_time_ms: number | null
  time_per_cycle_ms: number | null
  increment_ms: number | null
  max_time_ms: number | null
  auto_advance: boolean
  /** What the server does when a turn runs out of time */
  action_on_timeout: TimeoutAction | null
  metadata: Record<string, unknown> | null
  /** Since when time runs that is not in time_used_ms yet */
  cycle_started_at: string | null
  /** When the running clock reaches zero */
  cycle_deadline_at: string | null
  /** The first start */
  session_started_at: string | null
  /** The end, by completion or by expiry */
  session_completed_at: string | null
  /** The creation */
  created_at: string
  /** The last change */
  updated_at: string
}

export type SwitchTurn = {
  /** Whose turn comes; absent: the next in order */
  next_participant_id?: string | undefined
  /** Whose turn the caller thinks it is; 409 when it is not */
  current_participant_id?: string | undefined
  /** The version the caller saw; 409 when it has changed */
  expected_version?: number | undefined
}

export type SwitchResult = {
  /** As given at the creation */
  session_id: string
  /** Rises with every change */
  version: number
  /** Whose turn it is */
  active_participant_id: string | null
  /** Since when time runs that is not in time_used_ms yet */
  cycle_started_at: string | null
  participants: Participant[]
  status: SessionStatus
  /** Set when the turn that ended had run out of time */
  expired_participant_id?: string | undefined
}

export type SessionListQuery = {
  status?: SessionStatus | undefined
  limit?: number | undefined
  /** next_cursor of the page before */
  cursor?: string | undefined
}

export type SessionList = {
  sessions: Session[]
  next_cursor: string | null
}

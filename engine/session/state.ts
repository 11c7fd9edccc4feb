export type SyncMode = 'per_participant' | 'per_cycle' | 'per_group' | 'global' | 'count_up'
export type SessionStatus = 'pending' | 'running' | 'paused' | 'expired' | 'completed' | 'cancelled'
export type TimeoutAction = { type: 'skip_cycle' | 'end_session' | 'notify' }

/** Durations in whole ms. For every clock: granted + increments = remaining + used - overtime. */
export type Participant = {
  readonly participant_id: string
  readonly participant_index: number
  readonly group_id?: string
  /** What the clock held when the session was created. */
  readonly granted_time_ms: number
  /** What is left on the clock that this participant plays on, as of the start of the running cycle. */
  readonly time_remaining_ms: number
  /** What this participant's turns really took, as of the start of the running cycle. */
  readonly time_used_ms: number
  /** How much of time_used_ms lay past zero. */
  readonly overtime_ms: number
  /** Turns that have ended. */
  readonly cycle_count: number
  readonly has_expired: boolean
}

/** Instants are ms since the Unix epoch. Immutable: a transition makes a new one and keeps what did not change. */
export type SessionState = {
  readonly session_id: string
  readonly sync_mode: SyncMode
  readonly status: SessionStatus
  readonly version: number
  readonly participants: readonly Participant[]
  /** Whose turn it is, also while paused; null before the start and after the end. */
  readonly active_participant_id: string | null
  readonly total_time_ms: number | null
  readonly time_per_cycle_ms: number | null
  readonly increment_ms: number | null
  readonly max_time_ms: number | null
  readonly auto_advance: boolean
  readonly action_on_timeout: TimeoutAction | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Since when time is running that is not charged yet; null when no clock runs. */
  readonly cycle_started_at: number | null
  /** When the running clock reaches zero; null when it never does, or already has. */
  readonly cycle_deadline_at: number | null
  readonly session_started_at: number | null
  readonly session_completed_at: number | null
  readonly created_at: number
  readonly updated_at: number
}

export type NewParticipant = {
  participant_id: string
  participant_index: number
  total_time_ms: number
  group_id?: string
}

export type NewSession = {
  session_id: string
  sync_mode: SyncMode
  participants: NewParticipant[]
  total_time_ms?: number
  time_per_cycle_ms?: number
  increment_ms?: number
  max_time_ms?: number
  auto_advance?: boolean
  action_on_timeout?: TimeoutAction
  metadata?: Record<string, unknown>
}

/** True when the running clock has reached zero: exactly zero left is expired. */
export function isDue(state: SessionState, now: number): boolean {
  return state.cycle_deadline_at !== null && state.cycle_deadline_at <= now
}

/** The participant whose turn it is. The session must have one: it is running or paused. */
export function activeParticipant(state: SessionState): Participant {
  return state.participants.find((p) => p.participant_id === state.active_participant_id) as Participant
}

/** The participants in the order of their turns: by participant_index, ties in the order given. */
export function rotation(state: SessionState): Participant[] {
  return state.participants.toSorted((a, b) => a.participant_index - b.participant_index)
}

import { type Static, Type } from '@sinclair/typebox'
import { DurationMs, Instant, Nullable, Strict, Uuid } from './common.ts'

const DAY_MS = 86_400_000

export const SyncModeSchema = Type.Union(
  (['per_participant', 'per_cycle', 'per_group', 'global', 'count_up'] as const).map((mode) =>
    Type.Literal(mode),
  ),
  { description: 'How time is kept' },
)

export const SessionStatusSchema = Type.Union(
  (['pending', 'running', 'paused', 'expired', 'completed', 'cancelled'] as const).map((status) =>
    Type.Literal(status),
  ),
)

export const TimeoutActionSchema = Strict(
  {
    type: Type.Union([Type.Literal('skip_cycle'), Type.Literal('end_session'), Type.Literal('notify')]),
  },
  { description: 'What the server does when a turn runs out of time' },
)

export const CreateSessionSchema = Strict(
  {
    session_id: Uuid('Chosen by the client, which makes a repeated create safe'),
    sync_mode: SyncModeSchema,
    participants: Type.Array(
      Strict({
        participant_id: Uuid('Unique in the session'),
        participant_index: Type.Integer({ minimum: 0, description: 'Order of the turns' }),
        total_time_ms: DurationMs('Time on this clock', 1000, DAY_MS),
        group_id: Type.Optional(Uuid('per_group: whom this participant shares a clock with')),
      }),
      { minItems: 1, maxItems: 1000 },
    ),
    total_time_ms: Type.Optional(DurationMs('global: the one clock', 1000, DAY_MS)),
    time_per_cycle_ms: Type.Optional(DurationMs('per_cycle: time for each turn', 1000, DAY_MS)),
    increment_ms: Type.Optional(DurationMs('Added to a clock after each turn that ended in time', 0, 60_000)),
    max_time_ms: Type.Optional(DurationMs('count_up: where the stopwatch stops', 1000, DAY_MS)),
    auto_advance: Type.Optional(Type.Boolean({ description: 'Whose time runs out loses the turn' })),
    action_on_timeout: Type.Optional(TimeoutActionSchema),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "The client's own JSON, at most 16 KiB" }),
    ),
  },
  { $id: 'CreateSession' },
)

export const ParticipantSchema = Strict(
  {
    participant_id: Uuid('Unique in the session'),
    participant_index: Type.Integer({ minimum: 0 }),
    group_id: Type.Optional(Uuid('Whom this participant shares a clock with')),
    granted_time_ms: Type.Integer({ description: 'What the clock held at the start' }),
    total_time_ms: Type.Integer({ description: 'What is left, as of cycle_started_at' }),
    time_used_ms: Type.Integer({ description: 'What the turns took, as of cycle_started_at' }),
    time_remaining_ms: Type.Integer({ description: 'The same as total_time_ms' }),
    overtime_ms: Type.Integer({ description: 'How much of time_used_ms lay past zero' }),
    cycle_count: Type.Integer({ description: 'Turns that have ended' }),
    is_active: Type.Boolean(),
    has_expired: Type.Boolean(),
  },
  { $id: 'Participant' },
)

export const SessionSchema = Strict(
  {
    session_id: Uuid('As given at the creation'),
    sync_mode: SyncModeSchema,
    status: SessionStatusSchema,
    version: Type.Integer({ minimum: 1, description: 'Rises with every change' }),
    participants: Type.Array(ParticipantSchema),
    active_participant_id: Nullable(Uuid('Whose turn it is')),
    total_time_ms: Nullable(Type.Integer()),
    time_per_cycle_ms: Nullable(Type.Integer()),
    increment_ms: Nullable(Type.Integer()),
    max_time_ms: Nullable(Type.Integer()),
    auto_advance: Type.Boolean(),
    action_on_timeout: Nullable(TimeoutActionSchema),
    metadata: Nullable(Type.Record(Type.String(), Type.Unknown())),
    cycle_started_at: Nullable(Instant('Since when time runs that is not in time_used_ms yet')),
    cycle_deadline_at: Nullable(Instant('When the running clock reaches zero')),
    session_started_at: Nullable(Instant('The first start')),
    session_completed_at: Nullable(Instant('The end, by completion or by expiry')),
    created_at: Instant('The creation'),
    updated_at: Instant('The last change'),
  },
  { $id: 'Session' },
)
export type Session = Static<typeof SessionSchema>

export const SwitchSchema = Strict(
  {
    next_participant_id: Type.Optional(Uuid('Whose turn comes; absent: the next in order')),
    current_participant_id: Type.Optional(Uuid('Whose turn the caller thinks it is; 409 when it is not')),
    expected_version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The version the caller saw; 409 when it has changed' }),
    ),
  },
  { $id: 'Switch' },
)

export const SwitchResultSchema = Strict(
  {
    ...Type.Pick(SessionSchema, [
      'session_id',
      'version',
      'active_participant_id',
      'cycle_started_at',
      'participants',
      'status',
    ]).properties,
    expired_participant_id: Type.Optional(Uuid('Set when the turn that ended had run out of time')),
  },
  { $id: 'SwitchResult' },
)

export const SessionListSchema = Strict(
  { sessions: Type.Array(SessionSchema), next_cursor: Nullable(Type.String()) },
  { $id: 'SessionList' },
)

export const ListQuerySchema = Strict({
  status: Type.Optional(SessionStatusSchema),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  cursor: Type.Optional(Type.String({ maxLength: 256, description: 'next_cursor of the page before' })),
})

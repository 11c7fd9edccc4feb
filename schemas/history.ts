import { type Static, Type } from '@sinclair/typebox'
import { Instant, Nullable, Strict, Uuid } from './common.ts'
import { SessionSchema, SessionStatusSchema } from './session.ts'

const Version = Type.Integer({ minimum: 1 })

const MinVersion = Type.Optional(
  Type.Integer({
    minimum: 1,
    description:
      'Waits up to 2 s until the audit log has this version. Compare `version` of the answer: it is what the audit log had then.',
  }),
)

export const HistoryQuerySchema = Strict({
  after: Type.Optional(
    Type.String({
      pattern: '^(\\d{1,15}-)?\\d{1,10}$',
      description:
        'Only what came after this place: next_after of the page before, `epoch-version` of an event, or a bare version',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description:
        'Events of a page, 100 when not given; a page of large sessions may hold fewer. CSV: all when not given',
    }),
  ),
  min_version: MinVersion,
  format: Type.Union([Type.Literal('json'), Type.Literal('csv')], { default: 'json' }),
})

export const StatsQuerySchema = Strict({ min_version: MinVersion })

export const HistoryEventSchema = Strict(
  {
    session_id: Uuid('The session'),
    epoch: Type.Integer({
      description: 'Tells apart the lives of a session that was deleted and created again',
    }),
    version: Version,
    type: Type.String({ description: 'What happened', examples: ['session.switched'] }),
    at: Instant('When; for what happens at a deadline, the deadline'),
    participant_id: Nullable(Uuid('Whose turn it was')),
    expired_participant_id: Nullable(Uuid('Set when this turn had run out of time')),
    time_remaining_ms: Nullable(Type.Integer({ description: 'What participant_id has left after it' })),
    time_used_ms: Nullable(Type.Integer({ description: 'What participant_id has used up to then' })),
    state: Nullable(SessionSchema),
  },
  { $id: 'HistoryEvent', description: 'A change, and the session after it; null once it is deleted' },
)
export type HistoryEvent = Static<typeof HistoryEventSchema>

export const HistorySchema = Strict(
  {
    events: Type.Array(HistoryEventSchema),
    next_after: Nullable(Type.String({ description: 'For the next page; null when there is none yet' })),
    version: Nullable(Type.Integer({ description: 'The newest version that the audit log has' })),
  },
  { $id: 'History' },
)

export const StatsSchema = Strict(
  {
    session_id: Uuid('The session'),
    version: Nullable(Type.Integer({ description: 'The version that these figures are of' })),
    status: Nullable(SessionStatusSchema),
    cycles: Type.Integer({ description: 'Turns that have ended, of all participants' }),
    participants: Type.Array(
      Strict({
        participant_id: Uuid('In the order of participant_index'),
        participant_index: Type.Integer(),
        group_id: Nullable(Uuid('Whom this participant shares a clock with')),
        turns: Type.Integer({ description: 'Turns that have ended' }),
        time_used_ms: Type.Integer({ description: 'What all turns took, as of the last change' }),
        longest_turn_ms: Type.Integer({ description: 'The longest turn that has ended' }),
        average_turn_ms: Nullable(Type.Number({ description: 'Of the turns that have ended' })),
        overtime_ms: Type.Integer({ description: 'How much of time_used_ms lay past zero' }),
      }),
    ),
  },
  { $id: 'SessionStats' },
)
export type Stats = Static<typeof StatsSchema>

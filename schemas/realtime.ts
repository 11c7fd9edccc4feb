import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Strict } from './common.ts'
import { ParticipantSchema, SessionSchema } from './session.ts'

const Timestamp = Type.Integer({ description: "The server's time, in ms since the Unix epoch" })
const Millis = (description: string) => Type.Number({ description: `${description}, in ms with fractions` })
export const SessionId = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  description: 'A uuid',
})
const Version = Type.Integer({ minimum: 1, description: 'Strictly rising per session and socket' })

/** Who watches, for those who look at the watchers: no control characters, nothing that turns the line around. */
export const ClientName = Type.String({
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]{1,64}$',
  description: 'A name for this reader, 1 to 64 printable characters; those who look at the watchers see it',
})

/** Whoever asks for it gets changes as STATE_DELTA. */
export const Delta = Type.Literal('1', {
  description: 'Changes come as STATE_DELTA, with what is new instead of the whole state',
})

const Resync = <T extends string>(type: T) =>
  Type.Object({
    type: Type.Literal(type),
    last_version: Type.Optional(Type.Integer({ minimum: 0, description: 'What the client has' })),
    sessionId: Type.Optional(SessionId),
  })

/** What a client may send. Fields that are not listed are ignored, so that a newer client may say more. */
export const ClientMessages = {
  PING: Type.Object({ type: Type.Literal('PING') }),
  RECONNECT: Resync('RECONNECT'),
  REQUEST_SYNC: Resync('REQUEST_SYNC'),
  TIME_SYNC: Type.Object({ type: Type.Literal('TIME_SYNC'), t0: Millis('When the client sent this') }),
  SUBSCRIBE: Type.Object({ type: Type.Literal('SUBSCRIBE'), sessionId: SessionId }),
  UNSUBSCRIBE: Type.Object({ type: Type.Literal('UNSUBSCRIBE'), sessionId: SessionId }),
} as const satisfies Record<string, TSchema>

export type ClientMessage = Static<(typeof ClientMessages)[keyof typeof ClientMessages]>

const StateOf = <T extends string>(type: T) =>
  Strict({
    type: Type.Literal(type),
    sessionId: SessionId,
    timestamp: Timestamp,
    version: Version,
    state: SessionSchema,
  })

/** What the server sends. */
export const ServerMessages = {
  CONNECTED: Strict({
    type: Type.Literal('CONNECTED'),
    sessionId: Type.Union([SessionId, Type.Null()], {
      description: 'As in the address; null with ?multiplex=1',
    }),
    timestamp: Timestamp,
  }),
  STATE_SYNC: StateOf('STATE_SYNC'),
  STATE_UPDATE: StateOf('STATE_UPDATE'),
  STATE_DELTA: Strict({
    type: Type.Literal('STATE_DELTA'),
    sessionId: SessionId,
    timestamp: Timestamp,
    version: Version,
    base_version: Type.Integer({
      minimum: 1,
      description:
        'The version of the state that this builds on: the last one that was sent over this socket',
    }),
    changes: Type.Partial(Type.Omit(SessionSchema, ['participants']), {
      additionalProperties: false,
      description: 'The fields of the state that are new, except participants',
    }),
    participants: Type.Array(ParticipantSchema, {
      description:
        'Those that are new in anything, whole; each takes the place of the one with its participant_id',
    }),
  }),
  SESSION_DELETED: Strict({
    type: Type.Literal('SESSION_DELETED'),
    sessionId: SessionId,
    timestamp: Timestamp,
    version: Version,
  }),
  PONG: Strict({ type: Type.Literal('PONG'), timestamp: Timestamp }),
  TIME_SYNC: Strict({
    type: Type.Literal('TIME_SYNC'),
    t0: Millis('As the client sent it'),
    t1: Millis('When the server received it'),
    t2: Millis('When the server answers'),
  }),
  ERROR: Strict({
    type: Type.Literal('ERROR'),
    code: Type.String(),
    message: Type.String(),
    error: Type.String({ description: 'The same text as message' }),
    timestamp: Timestamp,
    sessionId: Type.Optional(Type.String({ description: 'The session that the failed message named' })),
  }),
} as const satisfies Record<string, TSchema>

export type ServerMessage = Static<(typeof ServerMessages)[keyof typeof ServerMessages]>

import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { DomainError, type ErrorKind } from '../../engine/errors.ts'
import { type ClientMessage, ClientMessages, ClientName, type ServerMessage } from '../../schemas/realtime.ts'

/** What a socket is closed with. */
export type CloseReason = readonly [code: number, reason: string]

/** Why a socket was ended, for its client: below 4000 as RFC 6455 has it, above after HTTP's 401, 408 and 429. */
export const Close = {
  deleted: [1000, 'Session deleted'],
  shutdown: [1001, 'Server shutting down'],
  missingSession: [1008, 'Missing sessionId parameter'],
  invalidSession: [1008, 'Invalid sessionId format'],
  ambiguous: [1008, 'Either sessionId or multiplex'],
  invalidClient: [1008, 'Invalid client parameter'],
  internal: [1011, 'Internal error'],
  unauthorised: [4001, 'Token no longer valid'],
  slow: [4008, 'Slow reader'],
  flood: [4029, 'Too many messages'],
} as const satisfies Record<string, CloseReason>

const CODES: Partial<Record<ErrorKind, number>> = {
  invalid: 1008,
  unavailable: 1013,
  unauthorised: 4001,
  forbidden: 4003,
  limited: 4029,
}

const checks = new Map<string, TypeCheck<(typeof ClientMessages)[keyof typeof ClientMessages]>>(
  Object.entries(ClientMessages).map(([type, schema]) => [type, TypeCompiler.Compile(schema)]),
)

const uuid = TypeCompiler.Compile(ClientMessages.SUBSCRIBE.properties.sessionId)

export function isSessionId(value: unknown): value is string {
  return uuid.Check(value)
}

/** What a socket asks for in its address. */
export type Address = {
  /** The session that it is about, and with which it ends; null for one that subscribes to whatever it wants. */
  own: string | null
  client: string | null
  /** Whether it wants changes rather than states. */
  delta: boolean
}

const clientName = new RegExp(ClientName.pattern as string, 'u')

/** Reads the query of a socket, or tells why there can be no such socket. */
export function parseAddress(query: unknown): Address | { refused: CloseReason } {
  const { sessionId = '', multiplex, client = '', delta } = query as Record<string, unknown>
  const multiplexed = multiplex === '1'
  if (sessionId === '' && !multiplexed) return { refused: Close.missingSession }
  if (sessionId !== '' && multiplexed) return { refused: Close.ambiguous }
  if (!multiplexed && !isSessionId(sessionId)) return { refused: Close.invalidSession }
  if (client !== '' && !(typeof client === 'string' && clientName.test(client))) {
    return { refused: Close.invalidClient }
  }
  return {
    own: multiplexed ? null : (sessionId as string),
    client: client === '' ? null : (client as string),
    delta: delta === '1',
  }
}

/**
 * What a client sent. The session that it named comes with the failure, for the answer.
 * @throws DomainError INVALID_MESSAGE (not a text of JSON), UNKNOWN_MESSAGE_TYPE, VALIDATION_ERROR
 */
export function parseMessage(data: Buffer, isBinary: boolean): ClientMessage {
  if (isBinary) throw invalid('INVALID_MESSAGE', 'Send text frames: binary ones are not understood')
  const message = parseJson(data)
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw invalid('INVALID_MESSAGE', 'A message is a JSON object with a type')
  }
  const { type, sessionId } = message as { type?: unknown; sessionId?: unknown }
  const check = typeof type === 'string' ? checks.get(type) : undefined
  if (!check) {
    const known = [...checks.keys()].join(', ')
    throw invalid('UNKNOWN_MESSAGE_TYPE', `The type of a message is one of ${known}`, sessionId)
  }
  if (check.Check(message)) return message
  const problem = check.Errors(message).First()
  const field = problem?.path.slice(1).replaceAll('/', '.')
  throw invalid('VALIDATION_ERROR', `${type}: ${field} is missing or not valid`, sessionId)
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString())
  } catch {
    throw invalid('INVALID_MESSAGE', 'A message is JSON, and this was not')
  }
}

function invalid(code: string, message: string, sessionId?: unknown): DomainError {
  return new DomainError('invalid', code, message, isSessionId(sessionId) ? { sessionId } : undefined)
}

/** What went wrong, as the client is told; nothing internal leaves. */
export function errorMessage(error: unknown, timestamp: number, sessionId?: string): ServerMessage {
  const known = error instanceof DomainError && error.kind !== 'internal'
  const [code, message] = known ? [error.code, error.message] : ['INTERNAL_ERROR', 'Internal server error']
  const named =
    sessionId ?? (known ? (error.details as { sessionId?: string } | undefined)?.sessionId : undefined)
  return { type: 'ERROR', code, message, error: message, timestamp, ...(named && { sessionId: named }) }
}

/** Code and reason for a socket that cannot go on after this. */
export function closeFor(error: unknown): CloseReason {
  const code = error instanceof DomainError ? CODES[error.kind] : undefined
  return code === undefined ? Close.internal : [code, (error as DomainError).code]
}

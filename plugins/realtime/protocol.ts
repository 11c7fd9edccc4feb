import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import { DomainError, type ErrorKind } from '../../engine/errors.ts'
import { type ClientMessage, ClientMessages, type ServerMessage } from '../../schemas/realtime.ts'

/** Why a socket was ended, for its client: below 4000 as RFC 6455 has it, 4008 and 4029 after HTTP's 408 and 429. */
export const Close = {
  deleted: [1000, 'Session deleted'],
  shutdown: [1001, 'Server shutting down'],
  missingSession: [1008, 'Missing sessionId parameter'],
  invalidSession: [1008, 'Invalid sessionId format'],
  internal: [1011, 'Internal error'],
  slow: [4008, 'Slow reader'],
  flood: [4029, 'Too many messages'],
} as const satisfies Record<string, readonly [code: number, reason: string]>

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
export function closeFor(error: unknown): readonly [code: number, reason: string] {
  const code = error instanceof DomainError ? CODES[error.kind] : undefined
  return code === undefined ? Close.internal : [code, (error as DomainError).code]
}

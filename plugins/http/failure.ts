import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError, type ErrorKind, validationError } from '../../engine/errors.ts'
import type { ErrorBody } from '../../schemas/error.ts'
import { problemsOf, type SchemaError } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the failure that was answered, for the log. */
    failure: string | undefined
  }
}

const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition: 412,
  reused: 422,
  too_large: 413,
  unsupported: 415,
  limited: 429,
  unavailable: 503,
  internal: 500,
}

/** When a caller may come back that nobody told more precisely, in s. */
const RETRY_AFTER_S = 1

/** What a library threw: its status says whose fault it was, its text stays in the log unless it is the caller's. */
type LibraryError = { code?: string; statusCode?: number; message?: string; validation?: SchemaError[] }

const notFound = new DomainError('not_found', 'NOT_FOUND', 'There is nothing at this address')
const internal = new DomainError('internal', 'INTERNAL_ERROR', 'Internal server error')

const BY_STATUS: Record<number, DomainError> = {
  401: new DomainError('unauthorised', 'UNAUTHORIZED', 'A valid bearer token is required'),
  403: new DomainError('forbidden', 'FORBIDDEN', 'This is not allowed'),
  404: notFound,
  413: new DomainError('too_large', 'PAYLOAD_TOO_LARGE', 'The request body is too large'),
  414: notFound,
  415: new DomainError('unsupported', 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json'),
  503: new DomainError('unavailable', 'OVERLOADED', 'The server cannot take this request now'),
}

/** Any thrown value as one of ours; what nobody foresaw is INTERNAL_ERROR and tells nothing. */
export function toDomainError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown
  const { code, statusCode = 500, message = '', validation } = (thrown ?? {}) as LibraryError
  if (validation) return validationError(problemsOf(validation))
  if (code === 'FST_ERR_BAD_URL') return notFound
  const known = BY_STATUS[statusCode]
  if (known) return known
  if (statusCode >= 400 && statusCode < 500) return validationError([{ field: '', message }])
  return internal
}

/** Answers with a failure, in the one shape that all of them have. */
export function sendFailure(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = toDomainError(thrown)
  const status = STATUS[failure.kind]
  if (status === 500) request.log.error({ err: thrown }, 'failed')
  else if (status === 503) request.log.debug({ err: thrown }, 'unavailable')
  request.failure = failure.code
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 429 || status === 503) reply.header('retry-after', retryAfter(failure))
  const error: ErrorBody['error'] = { code: failure.code, message: failure.message, request_id: request.id }
  if (failure.details !== undefined) error.details = failure.details
  reply.code(status).header('x-request-id', request.id).send({ error })
}

function retryAfter({ details }: DomainError): number {
  const { retry_after_seconds: seconds } = (details ?? {}) as { retry_after_seconds?: unknown }
  return typeof seconds === 'number' ? Math.max(1, Math.ceil(seconds)) : RETRY_AFTER_S
}

import { DomainError } from '../../engine/errors.ts'

export const sessionNotFound = (id: string) =>
  new DomainError(
    'not_found',
    'SESSION_NOT_FOUND',
    `Session ${id} does not exist; it may have been deleted or have outlived its end`,
  )

export const sessionAlreadyExists = (id: string, version: number) =>
  new DomainError(
    'conflict',
    'SESSION_ALREADY_EXISTS',
    `Session ${id} exists with other settings; choose another session_id, or delete it first`,
    { actual_version: version },
  )

export const preconditionFailed = (etag: string) =>
  new DomainError(
    'precondition',
    'PRECONDITION_FAILED',
    'The session has changed since this ETag: read it again',
    { etag },
  )

export const stillInFlight = () =>
  new DomainError(
    'conflict',
    'CONFLICT',
    'A request with this Idempotency-Key is still in flight; wait for its answer',
    { in_flight: true },
  )

export const keyReused = () =>
  new DomainError(
    'reused',
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key came with another request before; use a new key for each new request',
  )

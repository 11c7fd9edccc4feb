import { DomainError } from '../../engine/errors.ts'

export function storeUnavailable(cause?: unknown): DomainError {
  const error = new DomainError(
    'unavailable',
    'STORE_UNAVAILABLE',
    'The state store cannot be reached; try again shortly',
  )
  error.cause = cause
  return error
}

export function unreadable(cause?: unknown): DomainError {
  const error = new DomainError('internal', 'STATE_DESERIALIZATION_ERROR', 'The stored state cannot be read')
  error.cause = cause
  return error
}

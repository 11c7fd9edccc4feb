/** The closed set of ways in which a request can fail; each edge (HTTP, WebSocket, CLI) maps a kind to its own terms. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorised'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition'
  | 'reused'
  | 'too_large'
  | 'unsupported'
  | 'limited'
  | 'unavailable'
  | 'internal'

/**
 * A failure that its caller can act on.
 *
 * `code` belongs to the capability that raises it (SCREAMING_SNAKE_CASE, part of the wire contract); `details` is
 * JSON and reaches the client as it is, so nothing internal may stand in it.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  readonly kind: ErrorKind
  readonly code: string
  readonly details: unknown

  constructor(kind: ErrorKind, code: string, message: string, details?: unknown) {
    super(message)
    this.kind = kind
    this.code = code
    this.details = details
  }
}

/** What is wrong with one field of a request. `field` is a dotted path, '' for the request as a whole. */
export type FieldProblem = { field: string; message: string }

/** Invalid input, field by field. */
export function validationError(problems: FieldProblem[]): DomainError {
  return new DomainError('invalid', 'VALIDATION_ERROR', 'Request validation failed', problems)
}

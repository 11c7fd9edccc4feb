/** What kind of failure it was: a closed set, for programs that decide by it. `code` tells more. */
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
  | 'network'
  | 'timeout'
  | 'aborted'

export type ErrorFields = {
  status?: number | null | undefined
  details?: unknown
  request_id?: string | null
  retryable?: boolean
  retry_after_ms?: number | null | undefined
  cause?: unknown
}

/** The only thing that the client throws. */
export class SyncKairosError extends Error {
  override readonly name = 'SyncKairosError'
  readonly kind: ErrorKind
  /** The server's code, such as SESSION_NOT_FOUND; the client's own for what no server answered, such as TIMEOUT. */
  readonly code: string
  /** The HTTP status; null when nothing was answered. */
  readonly status: number | null
  /** What the server says beside the message; for VALIDATION_ERROR a list of `{ field, message }`. */
  readonly details: unknown
  /** Finds the call in the server's logs. */
  readonly request_id: string | null
  /** Whether the same call may succeed a little later. */
  readonly retryable: boolean
  /** How long the server asks to be left alone, in ms. */
  readonly retry_after_ms: number | null

  constructor(kind: ErrorKind, code: string, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.kind = kind
    this.code = code
    this.status = fields.status ?? null
    this.details = fields.details
    this.request_id = fields.request_id ?? null
    this.retryable = fields.retryable ?? PASSING.has(kind)
    this.retry_after_ms = fields.retry_after_ms ?? null
  }
}

const PASSING: ReadonlySet<ErrorKind> = new Set(['network', 'timeout', 'unavailable', 'limited'])

const KINDS: Record<number, ErrorKind> = {
  401: 'unauthorised',
  403: 'forbidden',
  404: 'not_found',
  408: 'unavailable',
  409: 'conflict',
  412: 'precondition',
  413: 'too_large',
  415: 'unsupported',
  422: 'reused',
  425: 'unavailable',
  429: 'limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

/** What an answer other than 2xx means. `now` (ms) is for a Retry-After that names an instant. */
export function errorOf(status: number, headers: Headers, text: string, now: number): SyncKairosError {
  const { code, message, details, request_id } = errorIn(text)
  const kind = KINDS[status] ?? (status < 500 ? 'invalid' : 'internal')
  // The first call with this Idempotency-Key is still at work: its answer comes to whoever asks again.
  const in_flight = kind === 'conflict' && (details as { in_flight?: unknown } | null)?.in_flight === true
  return new SyncKairosError(kind, code ?? `HTTP_${status}`, message ?? `The server answered ${status}`, {
    status,
    details,
    request_id: request_id ?? headers.get('x-request-id'),
    // A server that keeps no audit log will not have one a moment later.
    retryable: in_flight || (PASSING.has(kind) && code !== 'PERSISTENCE_OFF'),
    retry_after_ms: retryAfter(headers.get('retry-after'), now),
  })
}

type Told = { code?: string; message?: string; details?: unknown; request_id?: string }

/** Proxies answer with pages of their own, so nothing is taken for granted. */
function errorIn(text: string): Told {
  try {
    const { error } = JSON.parse(text) as { error?: Told }
    return typeof error === 'object' && error !== null ? error : {}
  } catch {
    return {}
  }
}

/** RFC 9110, 10.2.3: seconds, or an instant. */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

/** fetch() says only "fetch failed"; what failed is in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause as (Error & { code?: string }) | undefined
  return cause?.code ?? cause?.message ?? error.message
}

import type { ReporterClock } from './reporter-clock.ts'

/** A report that the server refused for good. */
export type ReporterError = {
  operation: 'resume' | 'start' | 'keepalive' | 'progress' | 'complete'
  /** HTTP status. */
  status: number
  /** The server's, for instance UNAUTHORIZED; '' when it gave none; RUN_ENDED when the run is over for the server. */
  code: string
  message: string
}

export type Call = {
  operation: ReporterError['operation']
  method: 'GET' | 'POST'
  /** Below the server's address. */
  path: string
  body?: unknown
}

export type Outcome =
  | { kind: 'ok'; body: unknown }
  /** Not delivered, or nobody knows: the same again later. `after_ms` is what the server asked for. */
  | { kind: 'later'; reason: string; after_ms: number }
  /** The server does not know this run. */
  | { kind: 'unknown_run' }
  | { kind: 'refused'; error: ReporterError }

type Options = {
  server: URL
  token: string | undefined
  clock: ReporterClock
  fetch: typeof fetch
  timeout_ms: number
}

/** No server is obeyed beyond this when it asks to be left alone, in ms. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000

/** Statuses below 500 that say "not now": a timeout, too early, too many. */
const PASSING = new Set([408, 425, 429])

/** Sends one call at a time; never rejects. */
export function createCaller({ server, token, clock, fetch, timeout_ms }: Options) {
  let abort = () => {}
  const base = server.href.replace(/\/+$/, '')

  async function call({ operation, method, path, body }: Call): Promise<Outcome> {
    const controller = new AbortController()
    abort = () => controller.abort(new Error('gave up'))
    const late = new Error(`no answer within ${timeout_ms} ms`)
    const cancel = clock.at(clock.now() + timeout_ms, () => controller.abort(late), { background: true })
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: controller.signal,
      })
      const answer = parse(await response.text())
      return response.ok ? { kind: 'ok', body: answer } : judge(operation, response, answer)
    } catch (error) {
      return { kind: 'later', reason: reasonOf(error), after_ms: 0 }
    } finally {
      cancel()
      abort = () => {}
    }
  }

  return { call, abort: () => abort() }
}

/** What an answer other than 2xx means for the report. */
function judge(operation: Call['operation'], response: Response, answer: unknown): Outcome {
  const { status } = response
  const error = (answer as { error?: { code?: unknown; message?: unknown } } | null)?.error
  const code = typeof error?.code === 'string' ? error.code : ''
  const message = typeof error?.message === 'string' ? error.message : `HTTP ${status}`
  if (status === 404 && code === 'RUN_NOT_FOUND') return { kind: 'unknown_run' }
  // A proxy whose server is away may say 404, so only one in the server's own words is final.
  const final = status >= 400 && status < 500 && !PASSING.has(status) && (status !== 404 || code !== '')
  if (!final) return { kind: 'later', reason: `${status} ${message}`, after_ms: retryAfter(response) }
  return { kind: 'refused', error: { operation, status, code, message } }
}

function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0)
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : 0
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** fetch() says only "fetch failed"; what failed is in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  const inner = cause as (Error & { code?: string }) | undefined
  return inner?.code ?? inner?.message ?? message
}

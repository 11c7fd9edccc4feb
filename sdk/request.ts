import { jittered } from './backoff.ts'
import type { CallOptions } from './client-types.ts'
import type { Endpoint, Query } from './endpoint.ts'
import { errorOf, reasonOf, SyncKairosError } from './errors.ts'
import { newId } from './new-id.ts'
import type { SdkTime } from './time.ts'

export type Call = {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the server's address, encoded. */
  path: string
  query?: Query | undefined
  body?: unknown
  /** Twice would be once too often: an Idempotency-Key goes along, the same for each attempt. */
  once?: boolean
  /** A status beside 2xx that is an answer and no failure. */
  accepts?: number
}

export type Answer = { status: number; headers: Headers; text: string }

/** Calls the server until it has answered; each function rejects with nothing but a SyncKairosError. */
export type Requester = {
  send(call: Call, options?: CallOptions): Promise<Answer>
  /** The body of the answer. */
  json<T>(call: Call, options?: CallOptions): Promise<T>
  /** The `data` of the answer. */
  data<T>(call: Call, options?: CallOptions): Promise<T>
  text(call: Call, options?: CallOptions): Promise<string>
  /** Ends all calls that are under way; later ones are refused. */
  close(): void
}

export type RequesterOptions = {
  endpoint: Endpoint
  fetch: typeof fetch
  time: SdkTime
  random: () => number
  timeout_ms: number
  retries: number
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** Whoever is asked to wait for longer is told so, rather than kept: only the caller knows what a late answer is worth. */
const LONGEST_RETRY_AFTER_MS = 10_000
/**
 * The same for all that a call waits because of limits: enough for those that count by the second, and no change that a
 * page shows already looks done for longer.
 */
const LONGEST_LIMITED_MS = 2500

type Prepared = { url: string; init: RequestInit & { headers: Headers } }

export function createRequester(options: RequesterOptions): Requester {
  const { endpoint, time, random, timeout_ms, retries } = options
  const longest_ms = (retries + 1) * (timeout_ms + LONGEST_PAUSE_MS)
  const calls = new Set<AbortController>()
  let closed = false

  function prepare({ method, path, query, body, once }: Call, given: CallOptions): Prepared {
    const headers = new Headers({ accept: 'application/json' })
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (once) headers.set('idempotency-key', given.idempotency_key ?? newId())
    const if_match = given.if_match ?? (given.expected_version && `"${given.expected_version}"`)
    if (if_match) headers.set('if-match', if_match)
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    return { url: endpoint.address(path, query), init: { method, headers, ...text } }
  }

  /** One attempt, authorised anew: a token may have been renewed since the one before. */
  async function attempt({ url, init }: Prepared, call: Call, token: string | undefined, ended: AbortSignal) {
    guarded('INVALID_TOKEN', () => {
      for (const [name, value] of Object.entries(endpoint.headers(token))) init.headers.set(name, value)
    })
    const controller = new AbortController()
    const abort = () => controller.abort()
    let late = false
    const cancel = time.after(timeout_ms, () => {
      late = true
      abort()
    })
    ended.addEventListener('abort', abort)
    try {
      const response = await options.fetch(url, { ...init, signal: controller.signal })
      const { ok, status, headers } = response
      const text = await response.text()
      if (ok || status === call.accepts) return { status, headers, text }
      throw errorOf(status, headers, text, time.now())
    } catch (thrown) {
      if (ended.aborted) throw ended.reason
      if (thrown instanceof SyncKairosError) throw thrown
      throw late ? timeoutError(endpoint.url, timeout_ms) : networkError(endpoint.url, thrown)
    } finally {
      cancel()
      ended.removeEventListener('abort', abort)
    }
  }

  async function persist(call: Call, given: CallOptions, until: number, ended: AbortSignal): Promise<Answer> {
    const prepared = guarded('INVALID_REQUEST', () => prepare(call, given))
    let limited_ms = 0
    for (let failures = 1; ; failures++) {
      if (ended.aborted) throw ended.reason
      // Timers stand still while the machine sleeps, and what was meant before that is not meant now.
      if (failures > 1 && time.now() >= until) throw outcomeUnknown()
      try {
        return await attempt(prepared, call, given.token, ended)
      } catch (thrown) {
        const error = thrown as SyncKairosError
        const asked = error.retry_after_ms ?? 0
        const ms = asked + jittered(failures, random, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
        if (error.kind === 'limited') limited_ms += ms
        const long = asked > LONGEST_RETRY_AFTER_MS || limited_ms > LONGEST_LIMITED_MS
        if (!error.retryable || failures > retries || long) throw error
        await pause(ms, time, ended)
      }
    }
  }

  async function send(call: Call, given: CallOptions = {}): Promise<Answer> {
    const { signal } = given
    const controller = new AbortController()
    const onAbort = () => controller.abort(abortedError('ABORTED', 'The call was aborted', signal?.reason))
    const within_ms = call.once ? (given.within_ms ?? longest_ms) : Number.POSITIVE_INFINITY
    const cancel = call.once ? time.after(within_ms, () => controller.abort(outcomeUnknown())) : () => {}
    if (closed) controller.abort(clientClosed())
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort)
    calls.add(controller)
    try {
      return await persist(call, given, time.now() + within_ms, controller.signal)
    } finally {
      cancel()
      calls.delete(controller)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async function json<T>(call: Call, given?: CallOptions): Promise<T> {
    const { status, text } = await send(call, given)
    try {
      return JSON.parse(text) as T
    } catch {
      throw strangeAnswer(endpoint.url, status, text)
    }
  }

  return {
    send,
    json,
    async data<T>(call: Call, given?: CallOptions) {
      const body = await json<{ data?: T } | null>(call, given)
      if (body?.data === undefined) throw strangeAnswer(endpoint.url, 200, JSON.stringify(body))
      return body.data
    },
    text: async (call, given) => (await send(call, given)).text,
    close() {
      closed = true
      for (const call of calls) call.abort(clientClosed())
    },
  }
}

/** What the caller got wrong is told as everything else is. */
function guarded<T>(code: string, fn: () => T): T {
  try {
    return fn()
  } catch (cause) {
    throw new SyncKairosError('invalid', code, reasonOf(cause), { cause })
  }
}

/** Resolves after `ms`; rejects as soon as `ended` is. */
function pause(ms: number, time: SdkTime, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel()
      reject(ended.reason)
    }
    const cancel = time.after(ms, () => {
      ended.removeEventListener('abort', onAbort)
      resolve()
    })
    ended.addEventListener('abort', onAbort, { once: true })
  })
}

const timeoutError = (url: string, timeout_ms: number) =>
  new SyncKairosError('timeout', 'TIMEOUT', `No answer from ${url} within ${timeout_ms} ms`)

/** Not to be repeated: with a key of its own the same call might take effect again. */
export const outcomeUnknown = () =>
  new SyncKairosError('timeout', 'OUTCOME_UNKNOWN', 'No answer in time: it may have taken effect', {
    retryable: false,
  })

const networkError = (url: string, cause: unknown) =>
  new SyncKairosError('network', 'NETWORK_ERROR', `Cannot reach ${url}: ${reasonOf(cause)}`, { cause })

const abortedError = (code: string, message: string, cause?: unknown) =>
  new SyncKairosError('aborted', code, message, { cause })

export const clientClosed = () => abortedError('CLIENT_CLOSED', 'The client was closed')

const strangeAnswer = (url: string, status: number, text: string) =>
  new SyncKairosError(
    'internal',
    'INVALID_RESPONSE',
    `${url} is no SyncKairos server: ${text.slice(0, 100)}`,
    { status },
  )

import { type Cancel, createReporterClock } from './reporter-clock.ts'
import { mergeMetrics, noMetrics } from './reporter-metrics.ts'
import { createPointQueue } from './reporter-queue.ts'
import { type Call, createCaller, type Outcome, type ReporterError } from './reporter-request.ts'
import type { Closed, Completion, Reporter, ReporterOptions, StartDetails } from './reporter-types.ts'

export { createReporterClock, type ReporterClock } from './reporter-clock.ts'
export { METRIC_NAMES, type MetricName, type Metrics } from './reporter-metrics.ts'
export type { ReporterError } from './reporter-request.ts'
export type * from './reporter-types.ts'

const ROOT = '/api/v1/tests'
const RUN_ID = /^[A-Za-z0-9._:-]{1,128}$/
const FIRST_BACKOFF_MS = 1000
const LONGEST_BACKOFF_MS = 30_000
/** While closing there is a deadline to meet, so the attempts stay close together. */
const CLOSING_BACKOFF_MS = 1000
const CLOSE_WITHIN_MS = 5000

/** What is read of a run that is to go on. */
type KnownRun = { start_time?: string; is_complete?: boolean; error?: string | null }

const nothing = () => {}

const OFF: Reporter = Object.freeze({
  started_at: null,
  active: false,
  start: nothing,
  progress: nothing,
  complete: nothing,
  close: async () => ({ delivered: true, pending: 0 }),
})

/** @throws TypeError for a server that is no URL and for a run_id that no server takes */
export function createReporter(options: ReporterOptions): Reporter {
  if (!options.server) return OFF
  if (!RUN_ID.test(options.run.run_id)) throw new TypeError(`not a run_id: ${options.run.run_id}`)

  const clock = options.clock ?? createReporterClock()
  const random = options.random ?? Math.random
  const points = createPointQueue(options.max_points ?? 1000)
  const caller = createCaller({
    server: new URL(options.server),
    token: options.token,
    clock,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    timeout_ms: options.request_timeout_ms ?? 10_000,
  })
  const path = `${ROOT}/${encodeURIComponent(options.run.run_id)}`
  const told = new Set<string>()

  let run = options.run
  let metrics = noMetrics()
  let started_s = 0
  let state: 'new' | 'open' | 'ended' = 'new'
  let registered = false
  let asking = options.resume ?? false
  let keepalive_due = false
  let completion: (Completion & { timestamp: number }) | null = null
  /** Calls in a row that did not get through, and how often in a row a run just started was not known. */
  let failures = 0
  let losses = 0
  let busy = false
  /** Until then only the timer, closing and the end of the run try again, in ms since the Unix epoch. */
  let retry_at = 0
  /** The server wants no more of this run. */
  let cut_off = false
  let wake: Cancel = nothing
  let stopBeating: Cancel = nothing
  let closing: { promise: Promise<Closed>; finish: () => void; hurry_at: number } | null = null

  const now_s = () => Math.floor(clock.now() / 1000)
  const pending = () => points.size + (completion ? 1 : 0) + (state !== 'new' && !registered ? 1 : 0)

  /** What is to be sent next, or null when there is nothing to do now. */
  function next(): Call | null {
    if (state !== 'open') return null
    const identity = { enclave_name: '', ...run, timestamp: started_s }
    if (asking) return { operation: 'resume', method: 'GET', path }
    if (!registered) return post('start', `${ROOT}/start`, identity)
    if (keepalive_due) return post('keepalive', `${ROOT}/keepalive`, identity)
    if (closing && clock.now() >= closing.hurry_at) points.keepNewest()
    const { next_timestamp } = points
    if (next_timestamp === undefined) return completion && post('complete', `${path}/complete`, completion)
    if (completion || closing || next_timestamp <= now_s()) {
      return post('progress', `${path}/progress`, points.take())
    }
    sleepUntil(next_timestamp * 1000)
    return null
  }

  /** Sends until nothing is left or the server is away. One call is under way at a time, which keeps the order. */
  async function pump(urgent = false) {
    if (busy || (!urgent && clock.now() < retry_at)) return
    busy = true
    wake()
    for (let call = next(); call; call = next()) {
      const outcome = await caller.call(call)
      if (state === 'ended' || !settle(call, outcome)) break
    }
    busy = false
    if (closing && (state !== 'open' || failures === 0)) closing.finish()
  }

  /** Takes note of an outcome; false: not now. */
  function settle(call: Call, outcome: Outcome): boolean {
    if (outcome.kind === 'later') return retry(outcome.reason, outcome.after_ms)
    if (outcome.kind === 'unknown_run' && call.operation !== 'resume') {
      // The server has lost the run: it is told of it again, at once the first time.
      registered = false
      losses += 1
      return losses === 1 || retry('the server does not know the run', 0)
    }
    if (failures > 0) tell(() => options.onConnection?.(true, ''))
    failures = 0
    retry_at = 0
    if (outcome.kind === 'refused') refuse(outcome.error)
    else accept(call, outcome.kind === 'ok' ? outcome.body : null)
    return state !== 'ended'
  }

  function accept({ operation }: Call, body: unknown) {
    if (operation === 'progress') {
      losses = 0
      points.done()
    } else if (operation === 'keepalive') keepalive_due = false
    else if (operation === 'start') register()
    else if (operation === 'resume') resume(body)
    else {
      completion = null
      end()
    }
  }

  function resume(body: unknown) {
    asking = false
    const known = (body as { data?: KnownRun } | null)?.data
    if (!known) return
    const started_at = Date.parse(known.start_time ?? '')
    if (started_at > 0) started_s = Math.floor(started_at / 1000)
    if (!known.is_complete) return register()
    const why = known.error ? `: ${known.error}` : ''
    refuse({ operation: 'resume', status: 409, code: '', message: `run ${run.run_id} has ended${why}` })
  }

  /** The first keepalive brings what a start does not carry, and wakes a run that was given up. */
  function register() {
    registered = true
    keepalive_due = true
    stopBeating()
    beat()
  }

  function beat() {
    const onBeat = () => {
      keepalive_due = true
      beat()
      void pump()
    }
    const at = clock.now() + (options.keepalive_ms ?? 180_000)
    stopBeating = clock.at(at, onBeat, { background: true })
  }

  /**
   * What is refused is dropped; a refusal that all the others would meet too ends the reporting. A run that the server
   * has ended stays as the server ended it, so there is no completion any more either.
   */
  function refuse(error: ReporterError) {
    const { operation, status } = error
    const over = status === 409 && operation !== 'start'
    const name = `${operation} ${status} ${error.code}`
    if (!told.has(name)) tell(() => options.onError?.(over ? { ...error, code: 'RUN_ENDED' } : error))
    told.add(name)
    const forAll = status === 401 || status === 403 || status === 409
    if (operation === 'progress' && !forAll) points.done()
    else if (operation === 'keepalive' && !forAll) keepalive_due = false
    else {
      cut_off = true
      end()
    }
  }

  /** Full jitter: a hundred reporters that lost one server do not come back as one. */
  function retry(reason: string, after_ms: number): false {
    if (failures === 0) tell(() => options.onConnection?.(false, reason))
    failures += 1
    const longest = closing ? CLOSING_BACKOFF_MS : LONGEST_BACKOFF_MS
    const ceiling = Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.min(Math.max(failures, losses) - 1, 10))
    retry_at = clock.now() + Math.max(closing ? 0 : after_ms, Math.ceil(random() * ceiling))
    sleepUntil(retry_at)
    return false
  }

  function sleepUntil(at: number) {
    wake()
    wake = clock.at(at, () => void pump(true), { background: true })
  }

  function end() {
    state = 'ended'
    wake()
    stopBeating()
  }

  function start({ started_at, ...details }: StartDetails = {}) {
    if (state !== 'new') return
    state = 'open'
    run = { ...run, ...details }
    started_s = started_at === undefined ? now_s() : Math.floor(started_at / 1000)
    void pump()
  }

  function close(timeout_ms: number): Promise<Closed> {
    if (closing) return closing.promise
    let resolve: (closed: Closed) => void = nothing
    const promise = new Promise<Closed>((settle) => {
      resolve = settle
    })
    const finish = () => {
      cancel()
      resolve({ delivered: !cut_off && pending() === 0, pending: pending() })
      end()
      caller.abort()
    }
    const cancel = clock.at(clock.now() + timeout_ms, finish)
    closing = { promise, finish, hurry_at: clock.now() + timeout_ms / 2 }
    void pump(true)
    return promise
  }

  return {
    get started_at() {
      return state === 'new' ? null : started_s * 1000
    },
    get active() {
      return state !== 'ended'
    },
    start,
    progress(update) {
      if (state === 'ended' || completion) return
      metrics = mergeMetrics(metrics, update)
      points.add(now_s(), metrics)
      void pump()
    },
    complete(how) {
      if (state === 'ended' || completion) return
      start()
      completion = { ...how, timestamp: Math.max(now_s(), points.last_timestamp) }
      void pump(true)
    },
    close: ({ timeout_ms = CLOSE_WITHIN_MS } = {}) => close(timeout_ms),
  }
}

function post(operation: Call['operation'], path: string, body: unknown): Call {
  return { operation, method: 'POST', path, body }
}

function tell(fn: () => void) {
  try {
    fn()
  } catch {
    // A listener's failure is not the run's.
  }
}

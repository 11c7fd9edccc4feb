import type { ReporterClock } from './reporter-clock.ts'
import type { Metrics } from './reporter-metrics.ts'
import type { ReporterError } from './reporter-request.ts'

export type RunClient = {
  type: string
  image: string
  extra_args?: string[]
  cmd?: string[]
  env_vars?: Record<string, string>
}

/** What is reported about. */
export type Run = {
  /** 1..128 letters, digits, `._:-`. The same id again is the same run. */
  run_id: string
  network: string
  labels?: Record<string, string>
  el_client: RunClient
  cl_client: RunClient
  enclave_name?: string
  system_info?: Record<string, unknown>
  /** Seconds after the server first heard of the run at which it calls the run failed. */
  run_timeout?: number
}

/** What was not known when the reporter was created. `started_at` (ms) is now unless given. */
export type StartDetails = Partial<Omit<Run, 'run_id'>> & { started_at?: number }

export type Completion = {
  success: boolean
  final_block: number
  final_slot: number
  error?: string | undefined
}

/**
 * `pending`: how many reports the server has not got. Reporting that the server cut off is not `delivered`, even with
 * nothing pending: what came later was not taken.
 */
export type Closed = { delivered: boolean; pending: number }

export type ReporterOptions = {
  /** Where the server is; without it nothing is reported and nothing is spent. */
  server?: string | URL | undefined
  token?: string | undefined
  run: Run
  /** Goes on with a run of this id that the server knows and that has not ended; its start stays as it was. */
  resume?: boolean
  /** How many progress points wait at most while the server is away; two at least. */
  max_points?: number
  /** How long one call may take, in ms. */
  request_timeout_ms?: number
  keepalive_ms?: number
  /**
   * The server refused something; each refusal is told once. 401, 403 and a run that is over for the server (code
   * RUN_ENDED: its run_timeout is past, or somebody else completed it) end the reporting, the completion included.
   */
  onError?(error: ReporterError): void
  /** The server stopped answering (with the reason) or answers again. */
  onConnection?(connected: boolean, reason: string): void
  fetch?: typeof fetch
  clock?: ReporterClock
  random?: () => number
}

/** Reports one run. No method blocks, and none throws; what is reported is delivered in order. */
export type Reporter = {
  /** When the run started, in ms since the Unix epoch; a resumed run keeps the server's. Null until start(). */
  readonly started_at: number | null
  /** Whether reporting goes on: false once the server has refused it, after close(), or without a server. */
  readonly active: boolean
  /** Points that were reported before it wait for it. */
  start(details?: StartDetails): void
  /** What is absent stays as last reported. At most one point a second is sent, the newest. */
  progress(metrics: Metrics): void
  /** The end of the run; whatever is reported afterwards is ignored. */
  complete(completion: Completion): void
  /** Delivers what waits, for `timeout_ms` at most (5 s), then stops. Without complete() the run stays open. */
  close(options?: { timeout_ms?: number }): Promise<Closed>
}

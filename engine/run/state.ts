export type RunStatus = 'running' | 'stale' | 'finished' | 'failed'

/** What was measured at one instant, by name: numbers, and the clients' versions as text. */
export type Metrics = Readonly<Record<string, number | string>>

/** Instants in ms since the Unix epoch. */
export type Point = {
  /** By the reporter's clock; orders the history. */
  readonly at: number
  /** By the server's clock. */
  readonly received_at: number
  readonly metrics: Metrics
}

export type ClientConfig = {
  readonly type: string
  readonly image: string
  readonly extra_args?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env_vars?: Readonly<Record<string, string>>
}

/** What a run is, as its reporter says it. */
export type RunDefinition = {
  readonly run_id: string
  readonly network: string
  readonly labels: Readonly<Record<string, string>>
  readonly el_client: ClientConfig
  readonly cl_client: ClientConfig
  readonly enclave_name: string
  readonly system_info: Readonly<Record<string, unknown>> | null
  /** In ms since the server first heard of the run: a run that was told of late may still tell how it ended. */
  readonly run_timeout_ms: number | null
}

/** Instants in ms since the Unix epoch. Immutable: a transition makes a new one and keeps what did not change. */
export type RunState = RunDefinition & {
  readonly status: RunStatus
  readonly version: number
  /** By the reporter's clock. */
  readonly start_at: number
  readonly created_at: number
  /** When the server last heard of the run. */
  readonly reported_at: number
  readonly end_at: number | null
  /** The server ended the run, its reporter has not. */
  readonly timed_out: boolean
  readonly success: boolean | null
  readonly final_block: number | null
  readonly final_slot: number | null
  readonly error: string | null
  /** The newest by the reporter's clock, not the last received. */
  readonly current: Point | null
  /** The recent ones in the order of `at`; what came before them is in the history when `spilled`. */
  readonly points: readonly Point[]
  readonly spilled: boolean
}

/** A run that is not heard of for this long is stale. */
export const STALE_AFTER_MS = 10 * 60 * 1000

export const hasEnded = ({ status }: RunState): boolean => status === 'finished' || status === 'failed'

const timeoutOf = (state: RunState): number =>
  state.run_timeout_ms === null ? Number.POSITIVE_INFINITY : state.created_at + state.run_timeout_ms

/** What happens next with nobody reporting, and when (ms); null: nothing. */
export function nextOf(state: RunState): { at: number; status: 'stale' | 'failed' } | null {
  if (hasEnded(state)) return null
  const failed = { at: timeoutOf(state), status: 'failed' } as const
  if (state.status === 'stale') return Number.isFinite(failed.at) ? failed : null
  const stale = { at: state.reported_at + STALE_AFTER_MS, status: 'stale' } as const
  return failed.at <= stale.at ? failed : stale
}

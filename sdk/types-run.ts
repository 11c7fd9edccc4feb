// Written by `npm run sdk:types` from schemas/.

export type RunClient = {
  /** Such as geth or lighthouse */
  type: string
  /** Where it came from */
  image: string
  extra_args?: string[] | null | undefined
  cmd?: string[] | null | undefined
  env_vars?: Record<string, string> | null | undefined
}

export type StartRun = {
  /** Chosen by the reporter */
  run_id: string
  /** The reporter's time, in seconds since the Unix epoch; fractions are welcome */
  timestamp: number
  /** Such as hoodi */
  network: string
  labels?: Record<string, string> | null | undefined
  el_client: RunClient
  cl_client: RunClient
  /** Where it runs */
  enclave_name?: string | null | undefined
  /** Of the machine */
  system_info?: Record<string, unknown> | null | undefined
  /** In seconds since the server first heard of the run; then it has failed */
  run_timeout?: number | null | undefined
}

/** Other names are kept when their value is a number, else ignored */
export type Metrics = {
  /** Of the execution client */
  block?: number | undefined
  /** Of the consensus client */
  slot?: number | undefined
  /** Of the execution client */
  exec_peers?: number | undefined
  /** Of the consensus client */
  cons_peers?: number | undefined
  /** How far */
  exec_sync_percent?: number | undefined
  /** How far */
  cons_sync_percent?: number | undefined
  /** Of the execution client */
  exec_version?: string | undefined
  /** Of the consensus client */
  cons_version?: string | undefined
  /** In bytes */
  exec_disk_usage?: number | undefined
  /** In bytes */
  cons_disk_usage?: number | undefined
  /** In bytes */
  exec_memory_usage?: number | undefined
  /** In bytes */
  cons_memory_usage?: number | undefined
  /** In bytes */
  exec_block_io_read?: number | undefined
  /** In bytes */
  cons_block_io_read?: number | undefined
  /** In bytes */
  exec_block_io_write?: number | undefined
  /** In bytes */
  cons_block_io_write?: number | undefined
  /** Of one core */
  exec_cpu_usage_percent?: number | undefined
  /** Of one core */
  cons_cpu_usage_percent?: number | undefined
}

export type RunProgress = {
  /** The reporter's time, in seconds since the Unix epoch; fractions are welcome */
  timestamp: number
  metrics: Metrics
  /** Only /complete ends a run */
  is_complete?: boolean | null | undefined
}

export type CompleteRun = {
  /** The reporter's time, in seconds since the Unix epoch; fractions are welcome */
  timestamp: number
  /** Where the execution client ended */
  final_block: number
  /** Where the consensus client ended */
  final_slot: number
  success: boolean
  /** Why it failed */
  error?: string | null | undefined
}

export type RunStatus = 'running' | 'stale' | 'finished' | 'failed'

export type RunClientConfig = {
  type: string
  image: string
  extra_args?: string[] | undefined
  cmd?: string[] | undefined
  env_vars?: Record<string, string> | undefined
}

export type Run = {
  run_id: string
  status: RunStatus
  /** Rises with every change */
  version: number
  network: string
  labels: Record<string, string>
  /** By the reporter's clock */
  start_time: string
  /** When the server last heard of it */
  last_update: string
  /** By the reporter's clock; when it timed out, by the server's */
  end_time: string | null
  /** status is running */
  is_running: boolean
  /** status is finished or failed */
  is_complete: boolean
  success: boolean | null
  final_block: number | null
  final_slot: number | null
  /** Why it failed, or why it is stale */
  error: string | null
  el_client: string
  cl_client: string
  el_client_config: RunClientConfig
  cl_client_config: RunClientConfig
  enclave_name: string
  system_info: Record<string, unknown> | null
  /** In seconds since the server first heard of the run */
  run_timeout: number | null
  /** The newest by the reporter's clock */
  current_metrics: Record<string, number | string> | null
}

export type RunPoint = {
  /** By the reporter's clock */
  timestamp: string
  /** By the server's clock */
  received_at: string
  metrics: Metrics
}

export type RunDetail = {
  run_id: string
  status: RunStatus
  /** Rises with every change */
  version: number
  network: string
  labels: Record<string, string>
  /** By the reporter's clock */
  start_time: string
  /** When the server last heard of it */
  last_update: string
  /** By the reporter's clock; when it timed out, by the server's */
  end_time: string | null
  /** status is running */
  is_running: boolean
  /** status is finished or failed */
  is_complete: boolean
  success: boolean | null
  final_block: number | null
  final_slot: number | null
  /** Why it failed, or why it is stale */
  error: string | null
  el_client: string
  cl_client: string
  el_client_config: RunClientConfig
  cl_client_config: RunClientConfig
  enclave_name: string
  system_info: Record<string, unknown> | null
  /** In seconds since the server first heard of the run */
  run_timeout: number | null
  /** The newest by the reporter's clock */
  current_metrics: Record<string, number | string> | null
  /** At most 1000 points; no extreme of any metric is lost */
  progress_history: RunPoint[]
}

export type RunListQuery = {
  /** true: only what is running */
  active?: boolean | undefined
  status?: RunStatus | undefined
  network?: string | undefined
  /** key=value, or key for any value; may be repeated */
  label?: string | string[] | undefined
  /** Type of either client */
  client?: string | undefined
  limit?: number | undefined
  /** next_cursor of the page before */
  cursor?: string | undefined
}

export type RunList = {
  tests: Run[]
  /** How many fit the filters, on all pages */
  total_count: number
  /** How many of them are running */
  active_count: number
  next_cursor: string | null
}

export type Acknowledged = {
  status: string
}

import type { Run, RunEvent } from '../../sdk/index.ts'

export const START = Date.UTC(2026, 0, 1)
export const iso = (ms: number) => new Date(START + ms).toISOString()

export const runOf = (more: Partial<Run> = {}): Run => ({
  run_id: 'a',
  status: 'running',
  version: 1,
  network: 'hoodi',
  labels: { host: 'bench-1' },
  start_time: iso(0),
  last_update: iso(0),
  end_time: null,
  is_running: true,
  is_complete: false,
  success: null,
  final_block: null,
  final_slot: null,
  error: null,
  el_client: 'geth',
  cl_client: 'lighthouse',
  el_client_config: { type: 'geth', image: 'ethereum/client-go:v1.16.7' },
  cl_client_config: { type: 'lighthouse', image: 'registry:5000/lighthouse' },
  enclave_name: 'e',
  system_info: null,
  run_timeout: null,
  current_metrics: null,
  ...more,
})

/** An event about it, so many ms after its start. */
export const event = (version: number, ms: number, more: object = {}) =>
  ({
    id: `1-${version}-a`,
    type: 'test_progress',
    run_id: 'a',
    timestamp: iso(ms),
    version,
    status: 'running',
    data: { block: version },
    ...more,
  }) as RunEvent

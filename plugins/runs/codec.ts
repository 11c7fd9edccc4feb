import { hasEnded, type Point, type RunState } from '../../engine/run/state.ts'
import { RUN_ID, type Run, type RunDetail } from '../../schemas/run.ts'
import { unreadable } from '../store/errors.ts'
import { type Packed, pack, unpack } from './pack.ts'

const runId = new RegExp(RUN_ID)

export const isRunId = (id: string): boolean => runId.test(id)

export const iso = (at: number): string => new Date(at).toISOString()

/** What a run's document holds beside the run as clients see it. Instants in ms. */
type Kept = {
  created_at: number
  timed_out: boolean
  spilled: boolean
  /** When the current metrics are from, and when they came. */
  current: [at: number, received_at: number] | null
  points: Packed
}

/** The run as lists show it. */
export function toWire(state: RunState): Run {
  return {
    run_id: state.run_id,
    status: state.status,
    version: state.version,
    network: state.network,
    labels: state.labels,
    start_time: iso(state.start_at),
    last_update: iso(state.reported_at),
    end_time: state.end_at === null ? null : iso(state.end_at),
    is_running: state.status === 'running',
    is_complete: hasEnded(state),
    success: state.success,
    final_block: state.final_block,
    final_slot: state.final_slot,
    error: state.error,
    el_client: state.el_client.type,
    cl_client: state.cl_client.type,
    el_client_config: state.el_client as Run['el_client_config'],
    cl_client_config: state.cl_client as Run['cl_client_config'],
    enclave_name: state.enclave_name,
    system_info: state.system_info,
    run_timeout: state.run_timeout_ms === null ? null : state.run_timeout_ms / 1000,
    current_metrics: state.current?.metrics ?? null,
  }
}

/** The run with its whole history. */
export const toDetail = (state: RunState, points: readonly Point[]): RunDetail => ({
  ...toWire(state),
  progress_history: points.map(({ at, received_at, metrics }) => ({
    timestamp: iso(at),
    received_at: iso(received_at),
    metrics,
  })),
})

export function encode(state: RunState): string {
  const kept: Kept = {
    created_at: state.created_at,
    timed_out: state.timed_out,
    spilled: state.spilled,
    current: state.current && [state.current.at, state.current.received_at],
    points: pack(state.points),
  }
  return JSON.stringify({ run: toWire(state), kept })
}

/** The run's own JSON within a document, without parsing it: nothing in `kept`, which comes last, has that name. */
export const runJsonOf = (document: string): string =>
  document.slice('{"run":'.length, document.lastIndexOf(',"kept":'))

/** @throws DomainError STATE_DESERIALIZATION_ERROR when the document is not a run. */
export function decode(document: string): RunState {
  try {
    return fromDocument(JSON.parse(document))
  } catch (error) {
    throw unreadable(error)
  }
}

function fromDocument({ run, kept }: { run: Run; kept: Kept }): RunState {
  const [at, received_at] = kept.current ?? []
  return {
    run_id: run.run_id,
    network: run.network,
    labels: run.labels,
    el_client: run.el_client_config,
    cl_client: run.cl_client_config,
    enclave_name: run.enclave_name,
    system_info: run.system_info,
    run_timeout_ms: run.run_timeout === null ? null : run.run_timeout * 1000,
    status: run.status,
    version: run.version,
    start_at: Date.parse(run.start_time),
    created_at: kept.created_at,
    reported_at: Date.parse(run.last_update),
    end_at: run.end_time === null ? null : Date.parse(run.end_time),
    timed_out: kept.timed_out,
    success: run.success,
    final_block: run.final_block,
    final_slot: run.final_slot,
    error: run.error,
    current:
      at === undefined || received_at === undefined || run.current_metrics === null
        ? null
        : { at, received_at, metrics: run.current_metrics },
    points: unpack(kept.points),
    spilled: kept.spilled,
  }
}

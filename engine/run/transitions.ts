import { DomainError } from '../errors.ts'
import type { RunEvent } from './event.ts'
import { addPoint } from './points.ts'
import {
  hasEnded,
  type Metrics,
  nextOf,
  type Point,
  type RunDefinition,
  type RunState,
  STALE_AFTER_MS,
} from './state.ts'

/** What a reporter says. `at`: when, by its own clock, in ms. */
export type Report =
  | { type: 'start'; at: number; run: RunDefinition }
  | { type: 'keepalive'; at: number; run: RunDefinition }
  | { type: 'progress'; at: number; metrics: Metrics }
  | {
      type: 'complete'
      at: number
      final_block: number
      final_slot: number
      success: boolean
      error: string | null
    }

/** One accepted change: the state after it, and the event that tells of it. */
export type Step = { readonly state: RunState; readonly event: RunEvent }

/**
 * A run that was heard of so lately is not written anew for a report that tells nothing new: silence is found out that
 * much too early at most, and a reporter that repeats itself makes few versions.
 */
export const HEARD_WITHIN_MS = 10_000

type Told = RunEvent extends infer E ? (E extends RunEvent ? Pick<E, 'type' | 'data'> : never) : never

const step = (state: RunState, at: number, change: Partial<RunState>, told: Told): Step => {
  const version = state.version + 1
  return { state: { ...state, ...change, version }, event: { ...told, version, at } as RunEvent }
}

/** A run that begins, first heard of at `now` (ms). `version` is above every one that its id had before. */
export function begin(run: RunDefinition, startAt: number, version: number, now: number): Step {
  const state: RunState = {
    ...run,
    status: 'running',
    version,
    start_at: startAt,
    created_at: now,
    reported_at: now,
    end_at: null,
    timed_out: false,
    success: null,
    final_block: null,
    final_slot: null,
    error: null,
    current: null,
    points: [],
    spilled: false,
  }
  return { state, event: { type: 'run.started', version, at: now, data: { start_at: startAt, run } } }
}

/** What happened by `now` (ms) with nobody reporting, oldest first, each at its own instant however late it is noticed. */
export function settle(state: RunState, now: number): Step[] {
  const next = nextOf(state)
  if (!next || next.at > now) return []
  const due = next.status === 'stale' ? goStale(state, next.at) : timeOut(state, next.at)
  return [due, ...settle(due.state, now)]
}

function goStale(state: RunState, at: number): Step {
  const error = `No report for ${STALE_AFTER_MS / 60_000} minutes: its reporter may be gone`
  return step(state, at, { status: 'stale', error }, { type: 'run.went_stale', data: { error } })
}

function timeOut(state: RunState, at: number): Step {
  const seconds = (state.run_timeout_ms as number) / 1000
  const end = {
    end_at: at,
    success: false,
    final_block: null,
    final_slot: null,
    error: `Not complete within its run_timeout of ${seconds} s`,
  }
  const change = { ...end, status: 'failed', timed_out: true } as const
  return step(state, at, change, { type: 'run.failed', data: end })
}

/**
 * A report that is taken at `now` (ms), for a run of which nothing is due: its changes, oldest first; none when it was
 * taken before and the run has been heard of since. `earlier`: points that the run's state does not hold any more.
 *
 * @throws DomainError CONFLICT; then nothing has changed.
 */
export function apply(state: RunState, report: Report, now: number, earlier: readonly Point[] = []): Step[] {
  switch (report.type) {
    case 'start':
      return start(state, report, now)
    case 'keepalive':
      refuseEnded(state, 'A run that is over takes no keepalive')
      return keepAlive(state, report.run, now)
    case 'progress':
      refuseEnded(state, 'A run that is over takes no progress')
      return progress(state, report, now, earlier)
    case 'complete':
      return complete(state, report, now)
  }
}

function start(state: RunState, { run, at }: Report & { type: 'start' }, now: number): Step[] {
  refuseEnded(state, 'This run is over and cannot be started again; choose another run_id')
  const same = at === state.start_at && identity(state) === identity(run)
  if (!same) throw conflict('This run was started with other settings; choose another run_id', state)
  return hear(state, now)
}

/** What a start tells of a run, in a form to compare; a keepalive may have told more. */
function identity({ network, labels, el_client, cl_client, enclave_name }: RunDefinition): string {
  const client = ({ type, image, extra_args = [] }: RunDefinition['el_client']) => [type, image, extra_args]
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([network, sorted, client(el_client), client(cl_client), enclave_name])
}

function revive(state: RunState, now: number): Step[] {
  if (state.status !== 'stale') return []
  const change = { status: 'running', error: null, reported_at: now } as const
  return [step(state, now, change, { type: 'run.revived', data: {} })]
}

/** What is left of a report that tells nothing new: its reporter is there. */
function hear(state: RunState, now: number): Step[] {
  const revived = revive(state, now)
  if (revived.length > 0 || now - state.reported_at < HEARD_WITHIN_MS) return revived
  const told = { type: 'run.kept_alive', data: { run: definitionOf(state) } } as const
  return [step(state, now, { reported_at: now }, told)]
}

function definitionOf(run: RunDefinition): RunDefinition {
  const { run_id, network, labels, el_client, cl_client, enclave_name, system_info, run_timeout_ms } = run
  return { run_id, network, labels, el_client, cl_client, enclave_name, system_info, run_timeout_ms }
}

function keepAlive(state: RunState, run: RunDefinition, now: number): Step[] {
  const revived = revive(state, now)
  const known = revived.at(-1)?.state ?? state
  // What this keepalive leaves out was told before: by the start, or by an earlier one.
  const told: RunDefinition = {
    ...run,
    labels: Object.keys(run.labels).length > 0 ? run.labels : known.labels,
    enclave_name: run.enclave_name || known.enclave_name,
    el_client: { ...known.el_client, ...run.el_client },
    cl_client: { ...known.cl_client, ...run.cl_client },
    system_info: run.system_info ?? known.system_info,
    run_timeout_ms: run.run_timeout_ms ?? known.run_timeout_ms,
  }
  const change = { ...told, reported_at: now }
  return [...revived, step(known, now, change, { type: 'run.kept_alive', data: { run: told } })]
}

function progress(
  state: RunState,
  report: Report & { type: 'progress' },
  now: number,
  earlier: readonly Point[],
): Step[] {
  const point = { at: report.at, received_at: now, metrics: report.metrics }
  const points = addPoint(state.points, point)
  if (points === state.points || addPoint(earlier, point) === earlier) return hear(state, now)
  const revived = revive(state, now)
  const alive = revived.at(-1)?.state ?? state
  const newest = points.at(-1) as typeof point
  const current = alive.current && alive.current.at > newest.at ? alive.current : newest
  const change = { points, current, reported_at: now }
  return [...revived, step(alive, now, change, { type: 'run.progressed', data: { point } })]
}

function complete(state: RunState, report: Report & { type: 'complete' }, now: number): Step[] {
  const { success, final_block, final_slot } = report
  const error = report.error ?? (success ? null : 'Its reporter gave no reason')
  const end = { end_at: report.at, success, final_block, final_slot, error }
  const done = (): Step[] => {
    const change = {
      ...end,
      status: success ? 'finished' : 'failed',
      timed_out: false,
      reported_at: now,
    } as const
    return [step(state, now, change, { type: 'run.completed', data: end })]
  }
  if (!hasEnded(state)) return done()
  // The reporter of a run that timed out may still say where it got to, but not that it succeeded.
  if (state.timed_out && !success) return done()
  const alike =
    state.success === success &&
    state.final_block === final_block &&
    state.final_slot === final_slot &&
    state.error === error
  if (!alike) throw conflict('This run is complete, with another outcome', state)
  return []
}

function refuseEnded(state: RunState, message: string): void {
  if (hasEnded(state)) throw conflict(message, state)
}

/** A reporter that did not end the run itself is told why it is over. */
function conflict(message: string, { status, version, timed_out, error }: RunState): DomainError {
  const text = timed_out ? `${message}: ${error}` : message
  return new DomainError('conflict', 'CONFLICT', text, { status, actual_version: version })
}

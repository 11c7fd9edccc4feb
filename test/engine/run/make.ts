import fc from 'fast-check'
import type { Metrics, Point, RunDefinition, RunState } from '../../../engine/run/state.ts'
import { apply, begin, type Report, settle } from '../../../engine/run/transitions.ts'

export const T0 = Date.UTC(2026, 0, 1)
export const MINUTE = 60_000

export const definition = (more: Partial<RunDefinition> = {}): RunDefinition => ({
  run_id: 'r',
  network: 'hoodi',
  labels: { branch: 'main' },
  el_client: { type: 'geth', image: 'geth:1' },
  cl_client: { type: 'lighthouse', image: 'lighthouse:1', extra_args: ['--a'] },
  enclave_name: 'e',
  system_info: null,
  run_timeout_ms: null,
  ...more,
})

export const started = (more: Partial<RunDefinition> = {}): RunState =>
  begin(definition(more), T0, 1, T0).state

export const point = (at: number, metrics: Metrics = {}, received_at = at): Point => ({
  at,
  received_at,
  metrics,
})

/** Applies reports, each `[ms after T0, report]`, as the service does: first what is due, then the report. */
export function play(state: RunState, reports: readonly [number, Report | null][]) {
  const events: string[] = []
  for (const [after, report] of reports) {
    const now = T0 + after
    const due = settle(state, now)
    const settled = due.at(-1)?.state ?? state
    const steps = [...due, ...(report ? apply(settled, report, now) : [])]
    for (const step of steps) events.push(step.event.type)
    state = steps.at(-1)?.state ?? state
  }
  return { state, events }
}

export const progress = (at: number, metrics: Metrics = {}): Report => ({
  type: 'progress',
  at: T0 + at,
  metrics,
})

export const complete = (more: Partial<Report & { type: 'complete' }> = {}): Report => ({
  type: 'complete',
  at: T0 + 1000,
  final_block: 10,
  final_slot: 20,
  success: true,
  error: null,
  ...more,
})

/** Some of the metrics, so that points have gaps. */
export const metrics = fc.record(
  {
    block: fc.nat(1000),
    slot: fc.nat(1000),
    exec_memory_usage: fc.nat(1000),
    cons_peers: fc.nat(50),
    exec_version: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
)

/** Points in any order, some of them for the same instant. */
export const points = (maxLength: number) =>
  fc.array(fc.record({ at: fc.nat(500).map((s) => T0 + s * 250), received_at: fc.nat(1000), metrics }), {
    maxLength,
    size: 'max',
  })

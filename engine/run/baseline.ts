import { hasEnded, type RunState } from './state.ts'
import type { Summary } from './summary.ts'

export type Verdict = 'pass' | 'fail' | 'unknown'

/** How many times the baseline's value a run may take. */
export type Limits = { readonly duration: number; readonly disk: number; readonly memory: number }

export type Check = {
  readonly name: keyof Limits
  readonly value: number | null
  readonly baseline: number | null
  /** value - baseline. */
  readonly difference: number | null
  /** value / baseline; null also when the baseline is 0. */
  readonly ratio: number | null
  readonly limit: number
  /** Unknown: one of the two was not reported. */
  readonly verdict: Verdict
}

/** A run measured against another: duration in ms, final disk usage and peak memory in bytes. */
export function judge(
  state: RunState,
  run: Summary,
  baseline: Summary,
  limits: Limits,
): { verdict: Exclude<Verdict, 'unknown'> | 'pending'; checks: Check[] } {
  const checks = [
    check('duration', run.duration_ms, baseline.duration_ms, limits),
    check('disk', run.disk_usage, baseline.disk_usage, limits),
    check('memory', run.peak_memory_usage, baseline.peak_memory_usage, limits),
  ]
  return { verdict: overall(state, checks), checks }
}

function check(name: keyof Limits, value: number | null, baseline: number | null, limits: Limits): Check {
  const limit = limits[name]
  const known = value !== null && baseline !== null
  return {
    name,
    value,
    baseline,
    difference: known ? value - baseline : null,
    ratio: known && baseline > 0 ? value / baseline : null,
    limit,
    verdict: known ? (value <= baseline * limit ? 'pass' : 'fail') : 'unknown',
  }
}

/** What is worse already stays worse, so a run need not have ended to fail; it must have succeeded to pass. */
function overall(state: RunState, checks: Check[]) {
  if (state.status === 'failed' || checks.some(({ verdict }) => verdict === 'fail')) return 'fail'
  if (!hasEnded(state)) return 'pending'
  return 'pass'
}

import { hasEnded, type RunState } from './state.ts'
import type { Summary } from './summary.ts'

export type Verdict = 'pass' | 'fail' | 'unknown'

/** How many times the baseline's value a run may take; only these checks are made. */
export type Limits = Partial<Record<CheckName, number>>

export type CheckName = 'duration' | 'disk' | 'memory'

/** A run and what it came to. */
export type Measured = { readonly state: RunState; readonly summary: Summary }

export type Check = {
  readonly name: CheckName
  readonly value: number | null
  readonly baseline: number | null
  /** value - baseline. */
  readonly difference: number | null
  /** value / baseline; null also when the baseline is 0. */
  readonly ratio: number | null
  readonly limit: number
  /** Unknown: the two did not report the same, or the baseline is none. */
  readonly verdict: Verdict
}

type Figure = (summary: Summary) => (number | null)[]

const FIGURES: Record<CheckName, Figure> = {
  duration: ({ duration_ms }) => [duration_ms],
  disk: ({ exec_disk_usage, cons_disk_usage }) => [exec_disk_usage, cons_disk_usage],
  memory: ({ peak_exec_memory_usage, peak_cons_memory_usage }) => [
    peak_exec_memory_usage,
    peak_cons_memory_usage,
  ],
}

/**
 * A run measured against another: duration in ms, final disk usage and peak memory in bytes. What only one client of
 * each of them reported is compared as that; what is missing on one side is not compared at all.
 */
export function judge(
  run: Measured,
  baseline: Measured,
  limits: Limits,
): { verdict: Verdict | 'pending'; checks: Check[] } {
  const names = (Object.keys(FIGURES) as CheckName[]).filter((name) => limits[name] !== undefined)
  const checks = names.map((name) => check(name, run, baseline, limits[name] as number))
  return { verdict: overall(run.state, baseline.state, checks), checks }
}

function check(name: CheckName, run: Measured, other: Measured, limit: number): Check {
  const figures = [FIGURES[name](run.summary), FIGURES[name](other.summary)] as const
  const [value, baseline] = figures.map(total) as [number | null, number | null]
  const alike = figures[0].every((each, i) => (each === null) === (figures[1][i] === null))
  const known = alike && value !== null && baseline !== null
  return {
    name,
    value,
    baseline,
    difference: known ? value - baseline : null,
    ratio: known && baseline > 0 ? value / baseline : null,
    limit,
    verdict: known && hasSucceeded(other.state) ? (value <= baseline * limit ? 'pass' : 'fail') : 'unknown',
  }
}

const total = (figures: (number | null)[]): number | null => {
  const known = figures.filter((each) => each !== null)
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0)
}

const hasSucceeded = ({ success }: RunState): boolean => success === true

/**
 * Time and peaks only rise, so a run need not have ended to fail by them; it must have succeeded, with all that is
 * looked at reported, to pass.
 */
function overall(run: RunState, baseline: RunState, checks: Check[]): Verdict | 'pending' {
  const failed = checks.filter(({ verdict }) => verdict === 'fail')
  if (run.status === 'failed') return 'fail'
  if (!hasSucceeded(baseline)) return 'unknown'
  if (!hasEnded(run)) return failed.some(({ name }) => name !== 'disk') ? 'fail' : 'pending'
  if (failed.length > 0) return 'fail'
  return checks.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'pass'
}

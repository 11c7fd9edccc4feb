import { validationError } from '../../engine/errors.ts'
import { type CheckName, judge } from '../../engine/run/baseline.ts'
import { align, seriesOf } from '../../engine/run/compare.ts'
import type { RunState } from '../../engine/run/state.ts'
import { summarise } from '../../engine/run/summary.ts'
import type { BaselineQuery, CompareQuery } from '../../schemas/run-comparison.ts'
import type { Runs, RunWithHistory } from './service.ts'

const FEWEST = 2
const MOST = 20

export type Comparisons = ReturnType<typeof createComparisons>

/** Runs side by side, and against a baseline. */
export function createComparisons(runs: Pick<Runs, 'get'>) {
  return {
    /** @throws DomainError VALIDATION_ERROR, RUN_NOT_FOUND */
    async compare({ ids, axis, metric = axis === 'elapsed' ? 'block' : 'elapsed', points }: CompareQuery) {
      const wanted = [...new Set(ids.split(',').map((id) => id.trim()))].filter((id) => id !== '')
      if (wanted.length < FEWEST || wanted.length > MOST) {
        throw validationError([
          { field: 'ids', message: `must name ${FEWEST} to ${MOST} different runs, comma-separated` },
        ])
      }
      const found = await Promise.all(wanted.map((id) => runs.get(id)))
      const curves = found.map(({ state, points }) => seriesOf(state.start_at, points, axis, metric))
      const { x, y } = align(curves, points)
      return {
        axis,
        metric,
        x,
        runs: found.map(({ state, points }, i) => ({
          run_id: state.run_id,
          status: state.status,
          network: state.network,
          labels: state.labels,
          el_client: state.el_client.type,
          cl_client: state.cl_client.type,
          summary: summarise(state, points),
          y: y[i] ?? [],
        })),
      }
    },

    /** @throws DomainError VALIDATION_ERROR when no baseline is named, RUN_NOT_FOUND */
    async baseline(id: string, { against, checks, ...limits }: BaselineQuery) {
      const run = await runs.get(id)
      const named = against ?? baselineOf(run.state)
      const baseline = measure(await runs.get(named))
      const own = measure(run)
      const wanted = checks.split(',') as CheckName[]
      const result = judge(
        own,
        baseline,
        Object.fromEntries(wanted.map((name) => [name, limits[`max_${name}_ratio`]])),
      )
      return { run_id: id, against: named, ...result, run: own.summary, baseline: baseline.summary }
    },
  }
}

const measure = ({ state, points }: RunWithHistory) => ({ state, summary: summarise(state, points) })

/** Which run is meant to judge this one. `baseline=true` is how baselines themselves are marked. */
function baselineOf({ labels: { baseline } }: RunState): string {
  if (baseline && baseline !== 'true') return baseline
  const message = baseline
    ? 'is required: by its label "baseline" this run is a baseline itself'
    : 'is required for a run without a label "baseline"'
  throw validationError([{ field: 'against', message }])
}

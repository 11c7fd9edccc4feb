import type { Run } from '../../lib/api.ts'
import type { Via } from '../../lib/background.ts'
import type { Board } from '../../lib/run-board.ts'
import { lengthOf } from '../../lib/run-meta.ts'
import { type Measure, OUTLOOK_MS, RATE_MS, type Slopes, slopeOf } from '../../lib/run-pace.ts'
import { serverTime } from '../../lib/server-time.ts'

/** As many runs as the API compares at once. Others are known to the board after a few reports. */
const MOST = 20
const MOST_POINTS = 1000
const METRICS: [Measure, metric: string, span_ms: number][] = [
  ['block', 'block', RATE_MS],
  ['exec', 'exec_sync_percent', OUTLOOK_MS],
  ['cons', 'cons_sync_percent', OUTLOOK_MS],
]

/**
 * Tells the board how fast the newest runs are by their histories, so that nobody has to wait for reports. Three questions,
 * whatever the number of runs; each run is asked about once.
 */
export async function readPast(
  runs: readonly Run[],
  board: Board,
  signal: AbortSignal,
  via: Via,
): Promise<void> {
  const wanted = runs.filter((run) => run.status === 'running' && !board.remembers(run.run_id)).slice(0, MOST)
  // It takes two to compare.
  const company = wanted.length === 1 ? runs.filter((run) => run !== wanted[0]).slice(0, 1) : []
  const asked = [...wanted, ...company]
  if (asked.length < 2) return
  const ids = asked.map(({ run_id }) => run_id)
  const longest = Math.max(...asked.map((run) => lengthOf(run, serverTime.now())))
  const points = Math.min(MOST_POINTS, Math.max(2, Math.ceil((2 * longest) / RATE_MS)))
  const past = new Map<string, Slopes>()
  for (const [measure, metric, span_ms] of METRICS) {
    if (!(await via.turn(signal))) return
    const { x, runs } = await via.client.runs.compare({ ids, axis: 'elapsed', metric, points }, { signal })
    for (const { run_id, y } of runs) {
      const none = { block: null, exec: null, cons: null }
      const samples = x.map((at, i) => ({ at, ...none, [measure]: y[i] ?? null }))
      past.set(run_id, { ...none, ...past.get(run_id), [measure]: slopeOf(samples, measure, span_ms) })
    }
  }
  for (const { run_id } of wanted) board.remember(run_id, past.get(run_id) as Slopes)
}

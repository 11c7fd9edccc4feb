import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import type { RunDetail } from '../../../schemas/run.ts'
import { measured, newRun } from '../../helpers/runs.ts'
import { ask } from './calls.ts'

/** What a reporter was told that its run has, and what there was in the end. */
export type RunHistory = {
  id: string
  /** The instants (s) of the progress that was acknowledged. */
  acknowledged: number[]
  completed: boolean
  final: RunDetail | null
}

const PATH = '/api/v1/tests'
const PATIENCE_MS = 1500
const PAUSE_MS = [20, 150] as const
/** So many points are kept without thinning. */
const MOST_POINTS = 500
/** How long a reporter goes on with what has to arrive: beginning and end. */
const PERSISTS_MS = 30_000

/** Reports on a run of its own until `stopped`, then completes it. What is not answered with 2xx it says again, or leaves. */
export async function reportRun(bases: string[], random: Random, stopped: AbortSignal): Promise<RunHistory> {
  const post = (path: string, body: object): Promise<boolean> =>
    fetch(`${random.pick(bases)}${PATH}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).then(
      ({ ok }) => ok,
      () => false,
    )
  const persist = async (path: string, body: object): Promise<boolean> => {
    const until = performance.now() + PERSISTS_MS
    while (!(await post(path, body))) {
      if (performance.now() > until) return false
      await pause(PAUSE_MS[1])
    }
    return true
  }

  const began = Math.floor(Date.now() / 1000) - MOST_POINTS
  const body = newRun(began * 1000)
  const { run_id: id } = body
  const acknowledged: number[] = []
  let completed = false
  if (await persist('/start', body)) {
    for (let i = 1; i < MOST_POINTS && !stopped.aborted; i++) {
      const timestamp = began + i
      const report = { timestamp, metrics: measured({ block: i }), is_complete: false }
      if (await post(`/${id}/progress`, report)) acknowledged.push(timestamp)
      await pause(random.between(...PAUSE_MS), undefined, { signal: stopped }).catch(() => {})
    }
    // What is broken may stay so for longer than there is something to report.
    if (!stopped.aborted) await once(stopped, 'abort')
    const end = { timestamp: began + MOST_POINTS, final_block: 1, final_slot: 1, success: true }
    completed = await persist(`/${id}/complete`, end)
  }
  return { id, acknowledged, completed, final: await ask<RunDetail>(bases, `${PATH}/${id}`) }
}

/** All that is wrong with a run: what was acknowledged has to be there. */
export function checkRun({ id, acknowledged, completed, final }: RunHistory): string[] {
  const found: string[] = []
  if (!final) return acknowledged.length > 0 || completed ? [`run ${id} is gone`] : []
  const kept = new Set(final.progress_history.map(({ timestamp }) => Date.parse(timestamp) / 1000))
  const gone = acknowledged.filter((timestamp) => !kept.has(timestamp))
  if (gone.length > 0)
    found.push(`run ${id} lacks ${gone.length} of ${acknowledged.length} reports: ${gone.slice(0, 5)}`)
  if (completed && !final.is_complete) found.push(`run ${id} was completed and is ${final.status}`)
  if (new Set(kept).size !== final.progress_history.length) found.push(`run ${id} has a report twice`)
  return found
}

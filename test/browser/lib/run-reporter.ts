import type { Test } from 'tap'
import { createClient } from '../../../sdk/index.ts'
import { newRun } from '../../helpers/runs.ts'

/** What a reporter of the API does, over HTTP as it does. */
export function reporterOf(t: Test, url: string, now: () => number = Date.now) {
  const { runs, close } = createClient({ url })
  t.teardown(close)
  // Reports of the past keep their distances, however long it takes to send them.
  const origin = now()
  const at = (ago_s: number | null) => (ago_s === null ? now() : origin - 1000 * ago_s)
  const metrics = (block: number, more: object = {}) => ({
    block,
    slot: 2 * block,
    exec_sync_percent: Math.min(100, block / 100),
    cons_sync_percent: Math.min(100, block / 90),
    exec_peers: 40,
    cons_peers: 50,
    exec_disk_usage: 1e6 * block,
    cons_disk_usage: 1e5 * block,
    exec_memory_usage: 2e9 + block,
    exec_version: 'Geth/v1.16.7-stable',
    ...more,
  })
  return {
    start: (run_id: string, ago_s: number | null = null, more: object = {}) =>
      runs.start({ ...newRun(at(ago_s)), run_id, ...more }),
    progress: (run_id: string, block: number, ago_s: number | null = null, more: object = {}) =>
      runs.progress(run_id, { timestamp: at(ago_s) / 1000, metrics: metrics(block, more) }),
    complete: (run_id: string, more: object = {}, ago_s: number | null = null) =>
      runs.complete(run_id, {
        timestamp: at(ago_s) / 1000,
        final_block: 9000,
        final_slot: 1,
        success: true,
        ...more,
      }),
  }
}

export type Reporter = ReturnType<typeof reporterOf>

/** A run of `minutes` with a report each half minute, which ended now; `speed` in blocks per report. */
export async function finished(
  report: Reporter,
  run_id: string,
  minutes: number,
  speed: number,
  more: object = {},
) {
  await report.start(run_id, 60 * minutes, more)
  const reports = Array.from({ length: 2 * minutes + 1 }, (_, i) => i)
  await Promise.all(reports.map((i) => report.progress(run_id, i * speed, 60 * minutes - 30 * i)))
  await report.complete(run_id, {}, 0)
}

import type { Run, RunEvent } from '../../sdk/index.ts'

/** A message of the feed, or what one would have said: that has no id. */
export type RunMessage = {
  id?: string
  type: RunEvent['type']
  run_id: string
  timestamp: string
  version: number
  status: Run['status']
  data: unknown
}

/** `shown`: whether somebody has been told of it, and not only that it was there. */
type Known = { version: number; timestamp: string; shown: boolean }

/**
 * What was told of each run, so that a list that is read while the feed goes on adds what the feed has not told and
 * never repeats it, whichever of them is first.
 */
export function createKnownRuns() {
  const known = new Map<string, Known>()

  return {
    /** Whether a message of the feed is news. */
    take({ type, run_id, version, timestamp }: RunMessage): boolean {
      const before = known.get(run_id)
      // A name that was free for long enough may begin anew, with lower versions.
      const again = type === 'test_start' && before !== undefined && timestamp > before.timestamp
      if (before?.shown && version <= before.version && !again) return false
      known.set(run_id, { version, timestamp, shown: true })
      return true
    },

    /** What the feed has not told of these runs. Of those that are over and were never heard of: only with `over`. */
    merge(runs: readonly Run[], { over }: { over: boolean }): RunMessage[] {
      const isNews = ({ run_id, version, last_update }: Run) => {
        const before = known.get(run_id)
        return !before || version > before.version || last_update > before.timestamp
      }
      const news = runs.filter(isNews)
      const told = news.filter(({ run_id, is_complete }) => over || !is_complete || known.get(run_id)?.shown)
      for (const { run_id, version, last_update } of news) {
        known.set(run_id, { version, timestamp: last_update, shown: false })
      }
      for (const { run_id } of told) (known.get(run_id) as Known).shown = true
      return told.map(messageOf)
    },
  }
}

/** The run as the last message about it would have told. */
function messageOf(run: Run): RunMessage {
  const { run_id, last_update: timestamp, version, status, current_metrics } = run
  const common = { run_id, timestamp, version, status }
  if (run.is_complete) {
    const { success, error, final_block, final_slot } = run
    return { type: 'test_complete', ...common, data: { success, error, final_block, final_slot } }
  }
  if (status === 'stale') return { type: 'test_stale', ...common, data: { error: run.error } }
  if (current_metrics) return { type: 'test_progress', ...common, data: current_metrics }
  const { network, el_client, cl_client, labels } = run
  return { type: 'test_start', ...common, data: { network, el_client, cl_client, labels } }
}

import type { Run, RunEvent } from './api.ts'

/** A run after an event about it; the list and the run itself have what the feed does not tell. */
export function after(run: Run, event: RunEvent): Run {
  const { version, status, timestamp } = event
  const next: Run = {
    ...run,
    version,
    status,
    last_update: timestamp,
    is_running: status === 'running',
    is_complete: status === 'finished' || status === 'failed',
  }
  switch (event.type) {
    case 'test_progress':
      return { ...next, error: null, current_metrics: event.data as Run['current_metrics'] }
    case 'test_complete':
      return { ...next, ...event.data, end_time: timestamp }
    case 'test_stale':
      // Nobody was heard of: the silence goes on.
      return { ...next, last_update: run.last_update, error: event.data.error }
    case 'test_revived':
      return { ...next, error: null }
    default:
      return next
  }
}

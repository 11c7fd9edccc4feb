import type { Participant, Session } from '../../sdk/index.ts'
import { formatDuration } from './duration.ts'
import { formatInstant } from './format.ts'

export const PARTICIPANT_HEAD = ['PARTICIPANT', 'INDEX', 'REMAINING', 'USED', 'OVERTIME', 'TURNS', '']

/** The times are as of the start of the turn; what the active participant has used since then is added. */
export function participantRow(session: Session, each: Participant, now = Date.now()): unknown[] {
  const started_at = Date.parse(session.cycle_started_at ?? '')
  const running = each.is_active && session.status === 'running' && started_at > 0
  const since = running ? Math.max(0, now - started_at) : 0
  const remaining = session.sync_mode === 'count_up' ? each.time_remaining_ms : each.time_remaining_ms - since
  return [
    each.participant_id,
    each.participant_index,
    formatDuration(Math.max(0, remaining)),
    formatDuration(each.time_used_ms + since),
    formatDuration(each.overtime_ms),
    each.cycle_count,
    [each.is_active ? 'active' : '', each.has_expired ? 'expired' : ''].filter(Boolean).join(', '),
  ]
}

export function sessionFields(session: Session): [name: string, value: unknown][] {
  const instant = (value: string | null) => (value === null ? null : formatInstant(value))
  const time = (value: number | null) => (value === null ? null : formatDuration(value))
  return [
    ['session_id', session.session_id],
    ['sync_mode', session.sync_mode],
    ['status', session.status],
    ['version', session.version],
    ['total time', time(session.total_time_ms)],
    ['time per cycle', time(session.time_per_cycle_ms)],
    ['increment', time(session.increment_ms)],
    ['max time', time(session.max_time_ms)],
    ['auto_advance', session.auto_advance ? 'yes' : null],
    ['on timeout', session.action_on_timeout?.type],
    ['cycle started', instant(session.cycle_started_at)],
    ['cycle deadline', instant(session.cycle_deadline_at)],
    ['started', instant(session.session_started_at)],
    ['completed', instant(session.session_completed_at)],
    ['created', instant(session.created_at)],
    ['updated', instant(session.updated_at)],
    ['metadata', session.metadata === null ? null : JSON.stringify(session.metadata)],
  ]
}

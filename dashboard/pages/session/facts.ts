import type { ComponentChildren } from 'preact'
import { Card } from '../../components/card.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { Time } from '../../components/time.ts'
import type { Session } from '../../lib/api.ts'
import { formatCount, formatDateTime, formatDuration } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { kindOf, modeName } from '../../lib/session-meta.ts'

/** What has been settled about a session, and what it carries along. */
export function Facts({ session }: { session: Session }) {
  const { session_id, metadata } = session
  const rows = rowsOf(session).map(
    ([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`,
  )
  return html`<${Card} title="About this session" class="about">
    <dl class="facts">${rows}
      <div><dt>Id</dt><dd class="id"><code>${session_id}</code><${CopyButton} text=${session_id} label="Copy id" /></dd></div>
    </dl>
    ${metadata && html`<details><summary>Metadata</summary><pre tabindex="0">${JSON.stringify(metadata, null, 2)}</pre></details>`}
  <//>`
}

function rowsOf(session: Session): [string, ComponentChildren][] {
  const time = (ms: number) => formatDuration(ms)
  const day = (at: string) => html`<time datetime=${at}>${formatDateTime(at)}</time>`
  const { total_time_ms, time_per_cycle_ms, increment_ms, max_time_ms } = session
  const rows: [string, ComponentChildren][] = [
    ['Mode', html`${modeName(session.sync_mode)} <code>${session.sync_mode}</code>`],
  ]
  const kind = kindOf(session)
  if (kind) rows.push(['Kind', kind])
  rows.push(['Participants', formatCount(session.participants.length)])
  rows.push(['Granted', grantedOf(session)])
  if (total_time_ms !== null) rows.push(['Time for all', time(total_time_ms)])
  if (time_per_cycle_ms !== null) rows.push(['Time for a turn', time(time_per_cycle_ms)])
  if (increment_ms !== null) rows.push(['Increment', `${time(increment_ms)} after each turn`])
  if (max_time_ms !== null) rows.push(['Stops at', time(max_time_ms)])
  if (session.sync_mode !== 'count_up' || max_time_ms !== null)
    rows.push(['When time runs out', endOf(session)])
  rows.push(['Created', day(session.created_at)])
  if (session.session_started_at) rows.push(['Started', day(session.session_started_at)])
  if (session.session_completed_at) rows.push(['Ended', day(session.session_completed_at)])
  rows.push(['Last change', html`<${Time} at=${session.updated_at} />`])
  rows.push(['Version', html`<span class="tabular">${formatCount(session.version)}</span>`])
  return rows
}

function grantedOf({ participants, sync_mode, max_time_ms }: Session): string {
  const granted = participants.map((each) => each.granted_time_ms)
  const least = Math.min(...granted)
  const most = Math.max(...granted)
  if (sync_mode === 'count_up' && max_time_ms === null) return 'no limit'
  return least === most ? formatDuration(most) : `${formatDuration(least)} to ${formatDuration(most)}`
}

function endOf({ action_on_timeout, auto_advance }: Session): string {
  const type = action_on_timeout?.type
  if (type === 'end_session') return 'the session ends'
  if (type === 'skip_cycle' || auto_advance) return 'the next one has the turn'
  return 'the turn stays, and overtime counts'
}

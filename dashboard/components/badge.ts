import type { ComponentChildren } from 'preact'
import { html } from '../lib/html.ts'
import { Icon, type IconName } from './icon.ts'

/** What colours mean; styles/tokens.css has one of each. */
export type State = 'running' | 'paused' | 'low' | 'failed' | 'stale' | 'done' | 'neutral'

/** A short word about something, in a colour and with an icon of its own. */
export function Badge({
  state = 'neutral',
  icon,
  title,
  children,
}: {
  state?: State
  icon?: IconName
  title?: string
  children?: ComponentChildren
}) {
  return html`<span class="badge" data-state=${state} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`
}

/** Every status of sessions and of runs. */
const STATUSES: Record<string, { state: State; icon: IconName; text: string }> = {
  pending: { state: 'neutral', icon: 'pending', text: 'Pending' },
  running: { state: 'running', icon: 'play', text: 'Running' },
  paused: { state: 'paused', icon: 'pause', text: 'Paused' },
  expired: { state: 'failed', icon: 'hourglass', text: 'Expired' },
  completed: { state: 'done', icon: 'check', text: 'Completed' },
  finished: { state: 'done', icon: 'check', text: 'Finished' },
  cancelled: { state: 'stale', icon: 'close', text: 'Cancelled' },
  failed: { state: 'failed', icon: 'error', text: 'Failed' },
  stale: { state: 'stale', icon: 'silent', text: 'Stale' },
}

/** The status of a session or a run. */
export function StatusBadge({ status }: { status: string }) {
  const { state, icon, text } = STATUSES[status] ?? { state: 'neutral', icon: 'info', text: status }
  return html`<${Badge} state=${state} icon=${icon}>${text}<//>`
}

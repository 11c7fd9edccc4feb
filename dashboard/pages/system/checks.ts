import { Badge, type State } from '../../components/badge.ts'
import { Card } from '../../components/card.ts'
import type { IconName } from '../../components/icon.ts'
import type { Readiness } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'

const LOOKS: Record<string, { state: State; icon: IconName; text: string }> = {
  ok: { state: 'running', icon: 'check', text: 'Works' },
  degraded: { state: 'paused', icon: 'warning', text: 'Degraded' },
  failed: { state: 'failed', icon: 'error', text: 'Failed' },
}

const MEANINGS: Record<string, string> = {
  store: 'Holds sessions and runs',
  database: 'Keeps the history',
  outbox: 'Carries events to the database',
  server: 'Takes requests',
}

/** What the instance that answered depends on. */
export function Checks({ checks }: { checks: Readiness['checks'] }) {
  const entries = Object.entries(checks).map(([name, { status, message }]) => {
    const { state, icon, text } = LOOKS[status] ?? {
      state: 'neutral' as const,
      icon: 'info' as const,
      text: status,
    }
    return html`<li key=${name}>
      <div><strong>${name}</strong><span class="muted small">${message ?? MEANINGS[name] ?? ''}</span></div>
      <${Badge} state=${state} icon=${icon}>${text}<//>
    </li>`
  })
  return html`<${Card} class="checks"><ul aria-label="What it depends on">${entries}</ul><//>`
}

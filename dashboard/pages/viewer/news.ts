import { Icon } from '../../components/icon.ts'
import { OfflineNote, useLostAt } from '../../components/offline-note.ts'
import { useClock, useConnection } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import type { WakeLock } from './device.ts'

/** Says that the clock goes on without news. Over the rest, so that nothing moves when it comes. */
export function News() {
  const lost_at = useLostAt()
  return html`<div class="viewer-news" role="status">${lost_at !== null && html`<p><${Icon} name="offline" /><${OfflineNote} lost_at=${lost_at} /></p>`}</div>`
}

const LOCKS: Record<WakeLock, string | null> = {
  held: 'the screen stays on',
  released: null,
  unsupported: 'the screen may turn off: it is kept on over https alone',
}

/** How exact the clock is. */
export function SmallPrint({ lock }: { lock: WakeLock }) {
  const { synced, uncertainty } = useClock()
  const { status } = useConnection()
  const exact = synced
    ? `±${uncertainty < 9.95 ? uncertainty.toFixed(1) : Math.round(uncertainty)} ms`
    : 'clock not set yet'
  const parts = [status === 'live' ? 'Live' : 'Not connected', exact, LOCKS[lock]].filter(Boolean)
  return html`<p class="viewer-print tabular">${parts.join(' · ')}</p>`
}

import { OfflineNote, useLostAt } from '../../components/offline-note.ts'
import { formatDoubt } from '../../lib/format.ts'
import { isDenied, useClock, useConnection } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import type { WakeLock } from './device.ts'

/** Says that the clock goes on without news. Over the rest, so that nothing moves when it comes. */
export function News() {
  const lost_at = useLostAt()
  return html`<div class="viewer-news" role="status">${lost_at !== null && html`<div class="viewer-note"><${OfflineNote} lost_at=${lost_at} /></div>`}</div>`
}

const LOCKS: Record<WakeLock, string | null> = {
  held: 'the screen stays on',
  released: null,
  unsupported: 'the screen may turn off: it is kept on over https alone',
}

/** How exact the clock is. */
export function SmallPrint({ lock }: { lock: WakeLock }) {
  const { synced, uncertainty } = useClock()
  const connection = useConnection()
  const live = connection.status === 'live'
  // Two reasons why there is nothing to see yet would take two lines on a phone, where there is one for what comes.
  const exact = synced ? formatDoubt(uncertainty) : live && 'clock not set yet'
  const word = live ? 'Live' : isDenied(connection) ? 'No access' : 'Not connected'
  const parts = [word, exact, LOCKS[lock]].filter(Boolean)
  return html`<p class="viewer-print tabular">${parts.join(' · ')}</p>`
}

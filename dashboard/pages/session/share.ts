import { Button } from '../../components/button.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { Dialog } from '../../components/dialog.ts'
import { QrCode } from '../../components/qr-code.ts'
import type { Session } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'

/** Names by which a machine calls itself alone. */
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/

export const viewerPath = (id: string): string => `/s/${id}`

/** Where others see the clock. */
export function Share({ session, open, onClose }: { session: Session; open: boolean; onClose(): void }) {
  const path = viewerPath(session.session_id)
  const address = new URL(path, location.href).href
  const here = LOOPBACK.test(location.hostname)
  return html`<${Dialog} open=${open} onClose=${onClose} title="Share the clock">
    <div class="session-share">
      <${QrCode} text=${address} label=${`Address of the clock of ${titleOf(session)}`} size="14rem" />
      <p class="muted">Whoever opens this address sees the clock, on a phone or on a wall, and changes nothing.</p>
      ${here && html`<p class="notice small">This address works on this machine alone. Open these pages by the name of the server, or its address in your network, to share one that works elsewhere.</p>`}
      <p class="address"><code>${address}</code></p>
      <div class="row"><${CopyButton} text=${address} label="Copy address" kind="primary" size="normal">Copy address<//><${Button} href=${path} target="_blank" icon="external">Open<//></div>
    </div>
  <//>`
}

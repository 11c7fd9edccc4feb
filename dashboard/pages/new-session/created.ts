import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { QrCode } from '../../components/qr-code.ts'
import type { Session } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'

/** The session is there: where it is shown, and how others get to see it. */
export function Created({ session }: { session: Session }) {
  const path = `/s/${session.session_id}`
  const address = new URL(path, location.href).href
  return html`<${Card} class="created">
    <div class="share">
      <${QrCode} text=${address} label=${`Clock of ${titleOf(session)}`} size="12rem" />
      <div class="stack">
        <h2>${titleOf(session)} is ready</h2>
        <p class="muted">Whoever opens this address sees the clock, on a phone or on a wall; it changes nothing.</p>
        <div class="row"><code>${address}</code><${CopyButton} text=${address} label="Copy address" /></div>
        <div class="row">
          <${Button} kind="primary" href=${`/sessions/${session.session_id}`}>Open the controls<//>
          <${Button} href=${path} icon="expand">Open the clock<//>
        </div>
      </div>
    </div>
  <//>`
}

import { useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { Confirm, Dialog } from '../../components/dialog.ts'
import { Download } from '../../components/download.ts'
import { Check, Choice, Field } from '../../components/field.ts'
import { Menu, type MenuItem } from '../../components/menu.ts'
import { QrCode } from '../../components/qr-code.ts'
import { html } from '../../lib/html.ts'
import { toast } from '../../lib/toasts.ts'

const KINDS = ['primary', 'plain', 'quiet', 'danger'] as const
const SIZES = ['small', 'normal', 'large'] as const

export function Controls() {
  return html`<div class="grid"><${Buttons} /><${Fields} /><${Opened} /><${Shared} /></div>`
}

function Buttons() {
  const rows = SIZES.map(
    (size) => html`<div key=${size} class="row">
      ${KINDS.map((kind) => html`<${Button} key=${kind} kind=${kind} size=${size}>${kind}<//>`)}
      <${Button} size=${size} icon="refresh" label="Refresh" />
    </div>`,
  )
  return html`<${Card} title="Button">
    <div class="stack">${rows}
      <div class="row">
        <${Button} icon="play" kind="primary">With icon<//>
        <${Button} busy>Busy<//>
        <${Button} disabled>Disabled<//>
        <${Button} href="/components?tab=data" icon="next">Link<//>
      </div>
    </div>
  <//>`
}

function Fields() {
  const [mode, setMode] = useState('fair')
  const [ticked, setTicked] = useState(true)
  return html`<${Card} title="Field, Choice, Check">
    <div class="stack">
      <${Field} label="Minutes" hint="From 1 to 1440" unit="min"><input type="number" min="1" max="1440" value="5" /><//>
      <${Field} label="Name" error="is required" optional><input placeholder="Ada" /><//>
      <${Field} label="Mode"><select><option>per_participant</option><option>global</option></select><//>
      <${Choice} label="Pace" value=${mode} onChange=${setMode} options=${[
        { value: 'slow', label: 'Slow' },
        { value: 'fair', label: 'Fair' },
        { value: 'fast', label: 'Fast' },
      ]} />
      <${Check} label="Remember" hint="On this device" checked=${ticked} onChange=${setTicked} />
    </div>
  <//>`
}

function Opened() {
  const [open, setOpen] = useState<'dialog' | 'confirm' | null>(null)
  const close = () => setOpen(null)
  const items: MenuItem[] = [
    { label: 'Pause', icon: 'pause', run: () => toast('Paused', { kind: 'good' }) },
    { label: 'Sessions', icon: 'clock', href: '/' },
    { label: 'Delete', icon: 'trash', danger: true, run: () => setOpen('confirm') },
  ]
  const undo = { label: 'Undo', run: () => toast('As it was') }
  return html`<${Card} title="Dialog, Confirm, Menu, toast" actions=${html`<${Menu} label="More" items=${items} />`}>
    <div class="row">
      <${Button} onClick=${() => setOpen('dialog')}>Dialog<//>
      <${Button} onClick=${() => setOpen('confirm')}>Confirm<//>
      <${Button} onClick=${() => toast('Something happened')}>Toast<//>
      <${Button} onClick=${() => toast('The turn has passed on', { kind: 'good', action: undo })}>Toast with action<//>
      <${Button} onClick=${() => toast('The server cannot be reached', { kind: 'bad' })}>Bad toast<//>
    </div>
    <${Dialog} open=${open === 'dialog'} onClose=${close} title="A dialog" footer=${html`<${Button} kind="primary" onClick=${close}>Done<//>`}>
      <p>The rest of the page rests while it is open.</p>
    <//>
    <${Confirm} open=${open === 'confirm'} onClose=${close} onConfirm=${close} title="Delete this session?" action="Delete session">
      <p>Its clocks stop for everybody who watches them. The history stays.</p>
    <//>
  <//>`
}

function Shared() {
  const address = new URL('/', location.href).href
  return html`<${Card} title="CopyButton, Download, QrCode">
    <div class="stack">
      <div class="row"><code>${address}</code><${CopyButton} text=${address} label="Copy address" /><${Download} name="address.txt" type="text/plain" read=${() => address} label="Save address" kind="quiet" /></div>
      <${QrCode} text=${address} label="Address of this server" size="9rem" />
    </div>
  <//>`
}

import { Button } from '../../components/button.ts'
import { Dialog } from '../../components/dialog.ts'
import { QrCode } from '../../components/qr-code.ts'
import type { Session } from '../../lib/api.ts'
import { useHotkey } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'
import { useStore } from '../../lib/store.ts'
import { setTheme, shade } from '../../lib/theme.ts'
import { useFullscreen } from './device.ts'
import type { Sound } from './sound.ts'

/** What can be set here: how it looks and sounds, never what the clock does. */
export function Tools({
  id,
  session,
  sound,
  sharing,
  share,
}: {
  id: string
  session: Session | null
  sound: Sound
  sharing: boolean
  share(open: boolean): void
}) {
  const look = useStore(shade)
  const full = useFullscreen()
  const other = look === 'dark' ? 'light' : 'dark'
  useHotkey('s', sound.toggle)
  useHotkey('t', () => setTheme(other))
  useHotkey('q', () => share(true))
  useHotkey('f', () => full?.toggle())
  return html`<nav class="viewer-tools" aria-label="Screen">
    ${sound.blocked && html`<span class="small">Touch the screen to allow sound</span>`}
    <${Button} kind="quiet" icon=${sound.on ? 'sound' : 'mute'} label="Sound (S)" aria-keyshortcuts="s" aria-pressed=${sound.on ? 'true' : 'false'} onClick=${sound.toggle} />
    <${Button} kind="quiet" icon=${other === 'light' ? 'sun' : 'moon'} label=${`Switch to ${other} (T)`} aria-keyshortcuts="t" onClick=${() => setTheme(other)} />
    <${Button} kind="quiet" icon="qr" label="Open on another screen (Q)" aria-keyshortcuts="q" onClick=${() => share(true)} />
    ${full && html`<${Button} kind="quiet" icon=${full.on ? 'shrink' : 'expand'} label=${full.on ? 'Leave full screen (F)' : 'Full screen (F)'} aria-keyshortcuts="f" onClick=${full.toggle} />`}
    <${Button} kind="quiet" icon="info" label="All about this session" href=${`/sessions/${id}`} />
    <${Dialog} open=${sharing} onClose=${() => share(false)} title="On another screen">
      <div class="viewer-share">
        <${QrCode} text=${location.href} label=${`Address of the clock of ${session ? titleOf(session) : id}`} size="min(20rem, 70vmin)" />
        <p><code>${location.href}</code></p>
      </div>
    <//>
  </nav>`
}

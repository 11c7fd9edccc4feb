import type { ComponentChildren } from 'preact'
import { Button } from '../../components/button.ts'
import { Confirm } from '../../components/dialog.ts'
import { Icon, type IconName } from '../../components/icon.ts'
import { Time } from '../../components/time.ts'
import type { Session } from '../../lib/api.ts'
import { inOrder } from '../../lib/clocks.ts'
import { nextName } from '../../lib/faces.ts'
import { useHotkey } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'
import type { Commands } from './commands.ts'
import { andLetGo } from './face-card.ts'

/** What to do with the session: the one thing that comes next, and what else can be done. */
export function Controls({
  session,
  commands,
  waits,
  onComplete,
  onPlay,
}: {
  session: Session
  commands: Commands
  /** Why something has not happened yet. */
  waits: string | null
  onComplete(): void
  /** Plays back what has happened; absent when that is nothing. */
  onPlay: (() => void) | null
}) {
  const { can } = commands
  const go = stepOf(session, commands)
  useHotkey(' ', () => go?.run())
  useHotkey('Enter', () => go?.run())
  useHotkey('p', () => (can.resume ? commands.resume() : commands.pause()))
  useHotkey('c', () => can.complete && onComplete())
  const digits = inOrder(session).slice(0, 9)
  return html`<div class="controls">
    ${go && html`<${Button} class="go" kind="primary" size="large" icon=${go.icon} disabled=${!go.allowed} onClick=${andLetGo(go.run)}><span class="clip">${go.text}</span><kbd>${go.key}</kbd><//>`}
    ${go?.pauses === false && html`<${Button} class="brief" size="large" icon="pause" disabled=${!can.pause} onClick=${andLetGo(commands.pause)}>Pause<kbd>P</kbd><//>`}
    ${!go && html`<${Ended} session=${session} onPlay=${onPlay} />`}
    ${can.complete && html`<${Button} class="rare" size="large" icon="flag" onClick=${onComplete}>Complete<kbd>C</kbd><//>`}
    <span class="waits muted small" role="status">${waits}</span>
    ${digits.map((each, i) => html`<${Digit} key=${i} digit=${i + 1} run=${() => commands.switchTo(each.participant_id)} />`)}
  </div>`
}

type Step = {
  text: ComponentChildren
  icon: IconName
  key: string
  allowed: boolean
  pauses: boolean
  run(): void
}

/** The one thing that comes next; null when the session is over. */
function stepOf(session: Session, { can, start, pause, resume, switchTo }: Commands): Step | null {
  const { status, sync_mode, participants } = session
  const step = { icon: 'play', key: 'Space', pauses: false } as const
  if (status === 'pending') return { ...step, text: 'Start', allowed: can.start, run: start }
  if (status === 'paused')
    return { ...step, text: 'Resume', key: 'P', allowed: can.resume, pauses: true, run: resume }
  if (status !== 'running') return null
  const pass = { ...step, icon: 'switch', allowed: can.switch, run: () => switchTo() } as const
  if (participants.length > 1) return { ...pass, text: `Switch to ${nextName(session)}` }
  if (sync_mode === 'per_cycle') return { ...pass, text: 'Next turn' }
  if (sync_mode === 'count_up') return { ...pass, text: 'Lap', icon: 'flag' }
  // Alone with one clock there is nobody to pass the turn to.
  return { ...step, text: 'Pause', icon: 'pause', allowed: can.pause, pauses: true, run: pause }
}

function Digit({ digit, run }: { digit: number; run(): void }) {
  useHotkey(String(digit), run)
  return null
}

const ENDS: Record<string, { icon: IconName; text: string }> = {
  completed: { icon: 'check', text: 'Completed' },
  expired: { icon: 'hourglass', text: 'Time ran out' },
  cancelled: { icon: 'close', text: 'Cancelled' },
}

function Ended({ session, onPlay }: { session: Session; onPlay: (() => void) | null }) {
  const { icon, text } = ENDS[session.status] ?? { icon: 'info', text: session.status }
  const at = session.session_completed_at
  return html`${onPlay && html`<${Button} size="large" icon="history" onClick=${andLetGo(onPlay)}>Play it back<//>`}
    <p class="ended"><${Icon} name=${icon} /><span>${text} ${at && html`<${Time} at=${at} />`}</span></p>`
}

/** Asks before a session ends for good. */
export function Complete({
  session,
  commands,
  open,
  onClose,
}: {
  session: Session
  commands: Commands
  open: boolean
  onClose(): void
}) {
  const run = () => {
    onClose()
    commands.complete()
  }
  return html`<${Confirm} open=${open} onClose=${onClose} onConfirm=${run} title="Complete this session?" action="Complete">
    <p>“${titleOf(session)}” ends for everybody who watches it, and cannot be started again. Its history stays.</p>
  <//>`
}

import { useEffect, useMemo, useState } from 'preact/hooks'
import { StatusBadge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Confirm } from '../../components/dialog.ts'
import { Menu } from '../../components/menu.ts'
import { Page } from '../../components/page.ts'
import { Time } from '../../components/time.ts'
import type { Session } from '../../lib/api.ts'
import { useClockTitle } from '../../lib/clock-title.ts'
import { turnName } from '../../lib/faces.ts'
import { formatNumber } from '../../lib/format.ts'
import { type Live, useHotkey } from '../../lib/hooks.ts'
import { classes, html } from '../../lib/html.ts'
import { navigate } from '../../lib/router.ts'
import { modeName, titleOf } from '../../lib/session-meta.ts'
import { frameTime } from '../../lib/ticker.ts'
import { type Commands, useCommands } from './commands.ts'
import { Complete, Controls } from './controls.ts'
import { entriesOf } from './entries.ts'
import { exportHistory } from './export.ts'
import { Facts } from './facts.ts'
import { Help } from './help.ts'
import type { Log } from './log.ts'
import { PastControls } from './past.ts'
import { useReplay } from './replay.ts'
import { Share, viewerPath } from './share.ts'
import { Stage } from './stage.ts'
import { PastStrip, Strip } from './strip.ts'
import { Timeline } from './timeline.ts'
import { Track } from './track.ts'
import { Usage } from './usage.ts'
import { Watchers } from './watchers.ts'

type Asked = 'share' | 'help' | 'complete' | 'delete' | null

/** All there is to see of a session. `gone`: it is not there any more, and `session` is what it was last. */
export function Board({
  id,
  live,
  log,
  session,
  gone,
}: {
  id: string
  live: Live
  log: Log
  session: Session
  gone: boolean
}) {
  const entries = useMemo(() => entriesOf(log.events), [log.events])
  const over = gone || session.session_completed_at !== null
  const end = () => (over ? (entries.at(-1)?.at ?? Date.parse(session.updated_at)) : frameTime())
  const replay = useReplay(entries, end, gone)
  const past = replay.active && (gone || replay.session !== null)
  const shown = (past && replay.session) || session
  const reached = useMemo(
    () => (past ? entries.slice(0, replay.place + 1) : entries),
    [past, entries, replay.place],
  )
  const now = past ? replay.now : frameTime
  const commands = useCommands(live.session, past || gone ? null : live.state)
  const [asked, ask] = useState<Asked>(null)
  const close = () => ask(null)
  useHotkey('?', () => ask('help'))
  useHotkey('s', () => ask('share'))
  useHotkey('v', () => navigate(viewerPath(id)))
  useClockTitle(session, past)
  const late = useLate(live.pending)
  const waits = live.pending ? waitsFor(live, late) : null

  return html`<${Page} class="session" title=${titleOf(session)} back=${{ href: '/', label: 'Sessions' }} badge=${gone ? null : html`<${StatusBadge} status=${session.status} />`}
    meta=${html`<span>${modeName(session.sync_mode)}</span><span>${formatNumber(session.participants.length, 'participant')}</span><span class="minor">created <${Time} at=${session.created_at} /></span>`}
    actions=${html`<${Actions} id=${id} commands=${commands} gone=${gone} ask=${ask} />`}>
    ${gone && html`<p class="notice" role="status">This session is gone. What happened in it can still be read and played back.</p>`}
    <section class=${classes('card', 'stage', past && 'past')} aria-label="Clocks">
      ${past ? html`<${PastStrip} session=${session} replay=${replay} entry=${entries[replay.place]} />` : html`<${Strip} session=${session} />`}
      <${Stage} session=${shown} now=${now} take=${commands.can.switch ? commands.switchTo : null} />
      ${past ? html`<${PastControls} replay=${replay} stays=${gone} />` : html`<${Controls} session=${session} commands=${commands} waits=${waits} onComplete=${() => ask('complete')} onPlay=${entries.length > 1 ? replay.play : null} />`}
      <${Track} session=${session} entries=${entries} replay=${replay} end=${end} moving=${!over} />
      <p class="hidden" role="status">${past ? '' : announce(session)}</p>
    </section>
    <div class="session-parts">
      <${Timeline} session=${session} entries=${entries} log=${log} place=${past ? replay.place : null} seek=${replay.seek} />
      <div class="session-side">
        <${Usage} session=${shown} now=${now} entries=${reached} past=${past} log=${log} />
        <${Facts} session=${shown} />
        ${!gone && html`<${Watchers} id=${id} />`}
      </div>
    </div>
    <${Share} session=${session} open=${asked === 'share'} onClose=${close} />
    <${Help} open=${asked === 'help'} onClose=${close} />
    <${Complete} session=${session} commands=${commands} open=${asked === 'complete'} onClose=${close} />
    <${Delete} session=${session} commands=${commands} open=${asked === 'delete'} onClose=${close} />
  <//>`
}

/** An answer that takes longer is told to be awaited. */
const LATE_MS = 1500

function useLate(pending: boolean): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    setLate(false)
    if (!pending) return
    const timer = setTimeout(() => setLate(true), LATE_MS)
    return () => clearTimeout(timer)
  }, [pending])
  return late
}

/** Why what was done is only to be seen here as yet. */
function waitsFor({ connection, status }: Live, late: boolean): string | null {
  if (status === 'offline' || connection.status !== 'live') return 'Not sent yet: it waits for the connection'
  return late ? 'Not confirmed yet: the server has not answered' : null
}

/** What changes without a look at the screen. */
function announce(session: Session): string {
  if (session.status !== 'running') return `The session is ${session.status}`
  return `Turn of ${turnName(session)}`
}

function Actions({
  id,
  commands,
  gone,
  ask,
}: {
  id: string
  commands: Commands
  gone: boolean
  ask(what: Asked): void
}) {
  const items = [
    { label: 'History as CSV', icon: 'download', run: () => exportHistory(id, 'csv') },
    { label: 'History as JSON', icon: 'download', run: () => exportHistory(id, 'json') },
    { label: 'Keyboard', icon: 'keyboard', run: () => ask('help') },
    {
      label: 'Complete session',
      icon: 'flag',
      disabled: !commands.can.complete,
      run: () => ask('complete'),
    },
    {
      label: 'Delete session',
      icon: 'trash',
      danger: true,
      disabled: !commands.can.delete,
      run: () => ask('delete'),
    },
  ]
  return html`${
    !gone &&
    html`<${Button} icon="qr" aria-keyshortcuts="s" onClick=${() => ask('share')}>Share<//>
    <${Button} icon="expand" href=${viewerPath(id)} aria-keyshortcuts="v">Open clock<//>`
  }
    <${Menu} label="More" kind="plain" items=${items} />`
}

function Delete({
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
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    await commands.delete()
    setBusy(false)
    onClose()
  }
  return html`<${Confirm} open=${open} onClose=${onClose} onConfirm=${run} busy=${busy} title="Delete this session?" action="Delete session">
    <p>“${titleOf(session)}” is gone at once for everybody who watches it. This cannot be undone; its history stays.</p>
  <//>`
}

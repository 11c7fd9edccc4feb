import { useLayoutEffect, useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Mark } from '../../components/mark.ts'
import { NextAttempt } from '../../components/offline-note.ts'
import { Empty, ErrorState } from '../../components/states.ts'
import { type Session, SyncKairosError } from '../../lib/api.ts'
import { useClockTitle } from '../../lib/clock-title.ts'
import { turnName } from '../../lib/faces.ts'
import { type Live, useLive, useTitle } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'
import { setSurroundings } from '../../lib/theme.ts'
import { useIdle, useWakeLock } from './device.ts'
import { News, SmallPrint } from './news.ts'
import { Screen } from './screen.ts'
import { useSound } from './sound.ts'
import { Tools } from './tools.ts'

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const FADE_MS = 3000

/** The clock of a session and nothing else: for a stage, a class, a second screen. Nothing here changes the session. */
export default function ViewerPage({ params }: PageProps) {
  const id = (params.id ?? '').toLowerCase()
  useTitle('Clock')
  useLayoutEffect(() => {
    setSurroundings('stage')
    return () => setSurroundings('pages')
  }, [])
  if (!UUID.test(id)) {
    return html`<div class="viewer"><${Message} title="No clock" icon="search" text="This address is not complete: the id of a session is missing in it." /></div>`
  }
  return html`<${Viewer} id=${id} />`
}

function Viewer({ id }: { id: string }) {
  const live = useLive(id)
  const { state } = live
  const idle = useIdle(FADE_MS)
  const sound = useSound(live.session, state)
  const lock = useWakeLock(state !== null && state.session_completed_at === null)
  const [sharing, share] = useState(false)
  useClockTitle(state)
  return html`<div class="viewer" data-status=${state?.status ?? live.status} data-idle=${idle && !sharing}>
    ${state ? html`<${Screen} session=${state} />` : html`<${Nothing} live=${live} />`}
    ${state && html`<${News} />`}
    <footer class="viewer-foot">
      <${SmallPrint} lock=${lock} />
      <${Tools} id=${id} session=${state} sound=${sound} sharing=${sharing} share=${share} />
    </footer>
    <p class="hidden" role="status">${state && announce(state)}</p>
  </div>`
}

/** What changes without a look at the screen. */
function announce(session: Session): string {
  if (session.status !== 'running') return `${titleOf(session)} is ${session.status}`
  return `Turn of ${turnName(session)}`
}

function Nothing({ live }: { live: Live }) {
  switch (live.status) {
    case 'missing':
      return html`<${Message} title="There is no session with this id" icon="search" text="When it is created, its clock appears here by itself." />`
    case 'deleted':
      return html`<${Message} title="This session was deleted" icon="trash" text="When it is created again, its clock appears here by itself." />`
    case 'denied':
      return html`<div class="viewer-message"><${ErrorState} error=${new SyncKairosError('unauthorised', 'UNAUTHORIZED', 'This server asks for a token')} /></div>`
    case 'offline':
      return html`<${Message} title="The server cannot be reached" icon="offline" text=${html`Is it running, and are you online? <${NextAttempt} />.`} />`
    default:
      return html`<div class="viewer-message" aria-busy="true"><h1 class="hidden">Connecting</h1><${Mark} class="mark arriving" /></div>`
  }
}

function Message({ title, icon, text }: { title: string; icon: string; text: unknown }) {
  return html`<div class="viewer-message"><h1 class="hidden">Clock</h1><${Empty} icon=${icon} title=${title} text=${text} /></div>`
}

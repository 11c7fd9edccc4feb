import { useRef } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Button } from '../../components/button.ts'
import { NextAttempt } from '../../components/offline-note.ts'
import { Page } from '../../components/page.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import { type Session, SyncKairosError } from '../../lib/api.ts'
import { useConnection, useLive } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { Board } from './board.ts'
import { useLog } from './log.ts'

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const BACK = { href: '/', label: 'Sessions' }

/** One session: its clocks, what can be done with it, and what has happened. */
export default function SessionPage({ params }: PageProps) {
  const id = (params.id ?? '').toLowerCase()
  if (!UUID.test(id))
    return html`<${Nowhere} text="This address is not complete: the id of a session is missing in it." />`
  return html`<${Known} id=${id} />`
}

function Known({ id }: { id: string }) {
  const live = useLive(id)
  const log = useLog(id, live.session)
  const known = useRef<Session | null>(null)
  if (live.state) known.current = live.state
  const last = log.events.findLast(({ state }) => state !== null)?.state ?? known.current
  const gone = live.status === 'missing' || live.status === 'deleted'
  if (live.status === 'denied' && !live.state) {
    const error = new SyncKairosError('unauthorised', 'UNAUTHORIZED', 'This server asks for a token')
    return html`<${Page} title="Session" back=${BACK}><${ErrorState} error=${error} /><//>`
  }
  const session = live.state ?? (gone ? last : null)
  if (session)
    return html`<${Board} id=${id} live=${live} log=${log} session=${session} gone=${gone && !live.state} />`
  if (gone && !log.loading) {
    if (log.error && log.error.kind !== 'not_found' && log.error.code !== 'PERSISTENCE_OFF')
      return html`<${Page} title="Session" back=${BACK}><${ErrorState} error=${log.error} /><//>`
    return html`<${Nowhere} text="It was never created, or it is gone and left no history. If it is created now, it appears here." />`
  }
  return html`<${Waiting} />`
}

function Nowhere({ text }: { text: string }) {
  return html`<${Page} title="No such session" back=${BACK}>
    <${Empty} icon="search" title="There is no session with this id" text=${text}>
      <${Button} kind="primary" href="/">All sessions<//><${Button} icon="plus" href="/sessions/new">New session<//>
    <//>
  <//>`
}

/** As large as what comes. */
function Waiting() {
  const { status } = useConnection()
  if (status === 'offline') {
    return html`<${Page} title="Session" back=${BACK}>
      <${Empty} icon="offline" title="The server cannot be reached" text=${html`Is it running, and are you online? <${NextAttempt} />.`} />
    <//>`
  }
  return html`<${Page} title="Session" back=${BACK} class="session">
    <div class="card stage" aria-busy="true"><${Skeleton} height="24rem" /></div>
    <div class="session-parts"><div class="card"><${Skeleton} height="30rem" /></div><div class="card"><${Skeleton} height="30rem" /></div></div>
  <//>`
}

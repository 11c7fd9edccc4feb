import { useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Button } from '../../components/button.ts'
import { Choice } from '../../components/field.ts'
import { Icon } from '../../components/icon.ts'
import { Page } from '../../components/page.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import type { Session } from '../../lib/api.ts'
import { whyOld } from '../../lib/failures.ts'
import { formatCount, formatNumber } from '../../lib/format.ts'
import { useHotkey } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { navigate, setQuery } from '../../lib/router.ts'
import { FIRST, LISTED } from './listing.ts'
import { isStatusFilter, matches, STATUS_FILTERS, type StatusFilter } from './search.ts'
import { SessionTable } from './session-table.ts'
import { useCurrent } from './use-current.ts'
import { useListing } from './use-listing.ts'

/** All sessions, the newest first, each with its running clock. */
export default function SessionsPage({ query }: PageProps) {
  const asked = query.get('status')
  const status: StatusFilter = isStatusFilter(asked) ? asked : 'all'
  const [search, setSearch] = useState(query.get('q') ?? '')
  const [count, setCount] = useState(FIRST)
  const { data, error, late, refresh } = useListing({ status, count })
  const sessions = useCurrent(data?.sessions)
  useHotkey('n', () => navigate('/sessions/new'))
  useHotkey('/', () => document.querySelector<HTMLInputElement>('.sessions input[type=search]')?.focus())

  const find = (text: string) => {
    setSearch(text)
    setQuery({ q: text || null })
  }
  const shown = sessions?.filter((session) => matches(session, status, search))
  const actions = html`<${Button} kind="primary" icon="plus" href="/sessions/new">New session<//>`

  return html`<${Page} class="sessions" title="Sessions" meta=${data && sessions ? summary(sessions, data.more, status) : !error && 'Reading …'} actions=${actions}>
    <div class="filters">
      <label class="field search">
        <span class="hidden">Search sessions</span><${Icon} name="search" />
        <input type="search" placeholder="Title, name, mode or id" value=${search} aria-keyshortcuts="/"
          onInput=${(event: Event) => find((event.currentTarget as HTMLInputElement).value)} /><kbd aria-hidden="true">/</kbd>
      </label>
      <${Choice} label="Status" hidden options=${STATUS_FILTERS} value=${status}
        onChange=${(value: StatusFilter) => setQuery({ status: value === 'all' ? null : value })} />
    </div>
    ${error && data && html`<p class="notice" role="status">The list ${whyOld(error)}</p>`}
    ${content()}
  <//>`

  function content() {
    if (!shown || !sessions || !data) {
      if (error) return html`<${ErrorState} error=${error} onRetry=${refresh} />`
      return html`<${Waiting} />`
    }
    if (sessions.length === 0 && status === 'all' && !data.more) return html`<${Nothing} />`
    const more =
      data.more &&
      html`<${More} count=${sessions.length} showMore=${count < LISTED ? () => setCount(LISTED) : null} searching=${search !== ''} />`
    if (shown.length === 0 && late && !error) return html`<${Waiting} />`
    if (shown.length === 0) return html`<${NothingFound} clear=${() => find('')} />${more}`
    return html`<${SessionTable} sessions=${shown} />${more}`
  }
}

/** How many there are, as far as that is known. */
function summary(sessions: readonly Session[], more: boolean, status: StatusFilter): string {
  const all = sessions.filter((session) => matches(session, status, ''))
  const newest = more ? 'the newest ' : ''
  if (status !== 'all') return `${more ? 'The newest ' : ''}${formatCount(all.length)} ${status}`
  const running = all.filter((session) => session.status === 'running').length
  return `${running === 0 ? 'None' : formatCount(running)} running of ${newest}${formatNumber(all.length, 'session')}`
}

/** There are older ones than those that are listed. */
function More({
  count,
  showMore,
  searching,
}: {
  count: number
  showMore: (() => void) | null
  searching: boolean
}) {
  const done = searching ? 'looked through' : 'listed'
  return html`<div class="more">
    <p class="muted small">${`The newest ${formatCount(count)} are ${done}, and there are older ones.`}${!showMore && ' Choose a status, or open one by its address, /sessions/ID.'}</p>
    ${showMore && html`<${Button} icon="down" onClick=${showMore}>${searching ? 'Look through more' : 'Show more'}<//>`}
  </div>`
}

function Waiting() {
  return html`<div class="card flush" aria-busy="true"><${Skeleton} height="4.25rem" lines=${6} /></div>`
}

function Nothing() {
  return html`<${Empty} icon="clock" title="No sessions yet"
    text="A session is a clock that many clients share: a game, a talk, an auction, an exam.">
    <${Button} kind="primary" icon="plus" href="/sessions/new">New session<//>
    <${Button} href="/sessions/new?preset=chess">Chess 5+3<//>
    <${Button} href="/docs" icon="external">API reference<//>
  <//>`
}

function NothingFound({ clear }: { clear(): void }) {
  const showAll = () => {
    clear()
    setQuery({ status: null, q: null })
  }
  return html`<${Empty} icon="search" title="No session matches" text="Try fewer letters, or another status.">
    <${Button} onClick=${showAll}>Show all<//>
  <//>`
}

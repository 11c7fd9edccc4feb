import { useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Button } from '../../components/button.ts'
import { Choice } from '../../components/field.ts'
import { Icon } from '../../components/icon.ts'
import { Page } from '../../components/page.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import { formatCount, formatNumber } from '../../lib/format.ts'
import { useHotkey } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { navigate, setQuery } from '../../lib/router.ts'
import type { Listing } from './listing.ts'
import { isStatusFilter, matches, STATUS_FILTERS, type StatusFilter } from './search.ts'
import { SessionTable } from './session-table.ts'
import { LISTED, useListing } from './use-listing.ts'

/** All sessions, the newest first, each with its running clock. */
export default function SessionsPage({ query }: PageProps) {
  const asked = query.get('status')
  const status: StatusFilter = isStatusFilter(asked) ? asked : 'all'
  const [search, setSearch] = useState(query.get('q') ?? '')
  const { data, error, refresh } = useListing()
  useHotkey('n', () => navigate('/sessions/new'))
  useHotkey('/', () => document.querySelector<HTMLInputElement>('.sessions input[type=search]')?.focus())

  const find = (text: string) => {
    setSearch(text)
    setQuery({ q: text || null })
  }
  const shown = data?.sessions.filter((session) => matches(session, status, search))
  const actions = html`<${Button} kind="primary" icon="plus" href="/sessions/new">New session<//>`

  return html`<${Page} class="sessions" title="Sessions" meta=${data && summary(data)} actions=${actions}>
    <div class="filters">
      <label class="field search">
        <span class="hidden">Search sessions</span><${Icon} name="search" />
        <input type="search" placeholder="Title, name, mode or id" value=${search} aria-keyshortcuts="/"
          onInput=${(event: Event) => find((event.currentTarget as HTMLInputElement).value)} />
      </label>
      <${Choice} label="Status" hidden options=${STATUS_FILTERS} value=${status}
        onChange=${(value: StatusFilter) => setQuery({ status: value === 'all' ? null : value })} />
    </div>
    ${error && data && html`<p class="notice" role="status">The list is not up to date: ${error.message}</p>`}
    ${content()}
  <//>`

  function content() {
    if (!shown || !data) {
      if (error) return html`<${ErrorState} error=${error} onRetry=${refresh} />`
      return html`<div class="card flush" aria-busy="true"><${Skeleton} height="4.25rem" lines=${6} /></div>`
    }
    if (data.sessions.length === 0) return html`<${Nothing} />`
    if (shown.length === 0) return html`<${NothingFound} clear=${() => find('')} />`
    return html`<${SessionTable} sessions=${shown} />
      ${data.more && html`<p class="muted small">The newest ${formatCount(LISTED)} are listed; open an older one by its address, /sessions/ID.</p>`}`
  }
}

function summary({ sessions, more }: Listing): string {
  const running = sessions.filter((each) => each.status === 'running').length
  return `${running === 0 ? 'None' : formatCount(running)} running of ${more ? 'the newest ' : ''}${formatNumber(sessions.length, 'session')}`
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

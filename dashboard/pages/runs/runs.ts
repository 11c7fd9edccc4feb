import { useCallback, useMemo, useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Page } from '../../components/page.ts'
import { ErrorState, Skeleton } from '../../components/states.ts'
import { formatCount, formatNumber } from '../../lib/format.ts'
import { useHotkey, whySilent } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { navigate, setQuery } from '../../lib/router.ts'
import type { Entry } from '../../lib/run-board.ts'
import { compareHref, FEWEST_COMPARED } from '../../lib/run-meta.ts'
import { FilterBar } from './filter-bar.ts'
import { isFiltered, matches, readFilters } from './filters.ts'
import { Nothing, NothingFound } from './nothing.ts'
import { useRuns } from './reading.ts'
import { RunTable } from './run-table.ts'
import { SelectionBar } from './selection.ts'

/** All runs as they go on: those that run first, then those that went silent, then what is over. */
export default function RunsPage({ query }: PageProps) {
  const { entries, error, connection, refresh } = useRuns()
  const filters = useMemo(() => readFilters(query), [query])
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const shown = useMemo(
    () => entries?.filter((entry) => matches(entry.get().run, filters)),
    [entries, filters],
  )
  // What is gone meanwhile is not selected either.
  const selected = useMemo(
    () => new Set([...picked].filter((id) => !entries || entries.some((entry) => entry.id === id))),
    [picked, entries],
  )
  const select = useCallback((id: string, on: boolean) => {
    setPicked((before) => new Set(on ? [...before, id] : [...before].filter((each) => each !== id)))
  }, [])
  const clear = () => setPicked(new Set())
  useHotkey('/', () => document.querySelector<HTMLInputElement>('.runs input[type=search]')?.focus())
  useHotkey('c', () => {
    if (selected.size >= FEWEST_COMPARED) navigate(compareHref(selected))
  })
  useHotkey('Escape', clear)

  return html`<${Page} class="runs" title="Runs" meta=${entries ? summary(entries) : !error && 'Reading …'}>
    ${entries && entries.length > 0 && html`<${FilterBar} entries=${entries} filters=${filters} />`}
    ${entries && (error || connection?.status === 'offline') && html`<p class="notice" role="status">What is shown may be out of date: ${error ? error.message : connection && whySilent(connection)}.</p>`}
    ${content()}
    ${selected.size > 0 && html`<${SelectionBar} ids=${selected} onClear=${clear} />`}
  <//>`

  function content() {
    if (!shown || !entries) {
      if (error) return html`<${ErrorState} error=${error} onRetry=${refresh} />`
      return html`<div class="waiting-runs" aria-busy="true"><${Skeleton} height="2.25rem" width="26rem" /><${Skeleton} height="4rem" lines=${6} /></div>`
    }
    if (entries.length === 0) return html`<${Nothing} />`
    if (shown.length === 0) return html`<${NothingFound} onClear=${showAll} />`
    return html`<${RunTable} entries=${shown} selected=${selected} onSelect=${select} />
      ${isFiltered(filters) && html`<p class="muted small" role="status">${formatCount(shown.length)} of ${formatNumber(entries.length, 'run')}</p>`}`
  }
}

const showAll = () => setQuery({ q: null, status: null, network: null, client: null, label: null })

function summary(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'None yet'
  const count = (status: string) => entries.filter((entry) => entry.get().run.status === status).length
  return (['running', 'stale', 'failed', 'finished'] as const)
    .map((status) => [count(status), status] as const)
    .filter(([number, status]) => number > 0 || status === 'running')
    .map(([number, status]) => `${formatCount(number)} ${status}`)
    .join(' · ')
}

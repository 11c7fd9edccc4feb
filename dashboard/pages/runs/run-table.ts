import { useMemo, useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Icon } from '../../components/icon.ts'
import { formatCount } from '../../lib/format.ts'
import { useMedia, useNow } from '../../lib/hooks.ts'
import { classes, html } from '../../lib/html.ts'
import type { Entry, Known } from '../../lib/run-board.ts'
import { bothOf, clientPair, lengthOf, MOST_COMPARED, percentOf, placeOf } from '../../lib/run-meta.ts'
import { serverTime } from '../../lib/server-time.ts'
import { sortRows } from '../../lib/sort.ts'
import { RunRow } from './run-row.ts'

type Head = {
  key: string
  title: string
  by(known: Known): string | number | null
  numeric?: boolean
}

const HEADS: readonly Head[] = [
  { key: 'name', title: 'Run', by: ({ run }) => run.run_id },
  { key: 'clients', title: 'Clients', by: ({ run }) => clientPair(run) },
  { key: 'synced', title: 'Synced', by: ({ run }) => percentOf(run, 'exec') },
  { key: 'places', title: 'Block, slot', numeric: true, by: ({ run }) => placeOf(run, 'exec') },
  { key: 'pace', title: 'Speed', numeric: true, by: ({ rate }) => rate },
  { key: 'peers', title: 'Peers', numeric: true, by: ({ run }) => bothOf(run, 'peers') },
  { key: 'disk', title: 'Disk', numeric: true, by: ({ run }) => bothOf(run, 'disk_usage') },
  { key: 'length', title: 'Duration', numeric: true, by: ({ run }) => lengthOf(run, serverTime.now()) },
]

/** What goes on comes first, then what is in doubt, then what is over; within each the newest. */
const RANKS: Record<string, number> = { running: 0, stale: 1 }
const rankOf = ({ run }: Known) => RANKS[run.status] ?? 2

/** How often rows that are sorted by what changes find their places. */
const SORT_MS = 10_000
/** More are shown when asked for: each row costs the browser as much as a small page. */
const PAGE = 100

/** Runs, one row each. */
export function RunTable({
  entries,
  selected,
  onSelect,
}: {
  entries: readonly Entry[]
  selected: ReadonlySet<string>
  onSelect(id: string, selected: boolean): void
}) {
  const [sort, setSort] = useState<{ key: string; descending: boolean } | null>(null)
  const [shown, setShown] = useState(PAGE)
  const fits = useMedia('(min-width: 1200px), (max-width: 760px)')
  const now = useNow(SORT_MS)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` is when rows that have changed are sorted anew
  const sorted = useMemo(() => {
    const by = HEADS.find(({ key }) => key === sort?.key)?.by
    if (sort && by) return sortRows(entries, (entry) => by(entry.get()), sort.descending)
    const newest = sortRows(entries, (entry) => entry.get().run.start_time, true)
    return sortRows(newest, (entry) => rankOf(entry.get()), false)
  }, [entries, sort, now])
  const toggle = ({ key, numeric }: Head) =>
    setSort((before) => ({
      key,
      descending: before?.key === key ? !before.descending : numeric === true,
    }))

  const heads = HEADS.map((head) => {
    const sorting = sort?.key === head.key ? sort : null
    const order = sorting ? (sorting.descending ? 'descending' : 'ascending') : undefined
    return html`<th key=${head.key} role="columnheader" scope="col" class=${classes(head.key, head.numeric && 'numeric')} aria-sort=${order}>
      <button type="button" onClick=${() => toggle(head)}>${head.title}<${Icon} name=${sorting?.descending ? 'down' : 'up'} class=${classes('sort', sorting && 'on')} /></button>
    </th>`
  })
  const rows = sorted
    .slice(0, shown)
    .map(
      (entry) =>
        html`<${RunRow} key=${entry.id} entry=${entry} selected=${selected.has(entry.id)} full=${selected.size >= MOST_COMPARED} onSelect=${onSelect} />`,
    )
  const scrolls = fits ? {} : { role: 'region', 'aria-label': 'Runs', tabindex: 0 }
  const more = sorted.length - shown
  return html`<${Card} flush>
    <div class="table-scroll" ...${scrolls}>
      <table class="table linked runs-table" role="table"><caption class="hidden">Runs</caption>
        <thead role="rowgroup"><tr role="row"><th role="columnheader" class="pick"><span class="hidden">Compare</span></th>${heads}</tr></thead>
        ${rows}
      </table>
    </div>
    ${more > 0 && html`<div class="more"><${Button} kind="quiet" icon="down" onClick=${() => setShown(shown + PAGE)}>${`${formatCount(Math.min(more, PAGE))} more of ${formatCount(more)}`}<//></div>`}
  <//>`
}

import type { ComponentChildren, VNode } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { useMedia } from '../lib/hooks.ts'
import { classes, html } from '../lib/html.ts'
import { sortRows } from '../lib/sort.ts'
import { Icon } from './icon.ts'

export type Column<Row> = {
  key: string
  title: string
  cell(row: Row): ComponentChildren
  /** What to sort by; a column without it cannot be sorted. */
  sort?(row: Row): string | number | null
  /** Numbers stand at the end, and sort from the largest first. */
  numeric?: boolean
  /** A CSS width, so that what changes in one row moves nothing in others. */
  width?: string
  /** Left out on phones. */
  minor?: boolean
}

export type Sort = { key: string; descending: boolean }

/** Rows as a table; on phones it scrolls within its card. The first cell is the link when rows lead somewhere. */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  rowHref,
  initialSort,
  compact,
  wide,
  many,
}: {
  /** What the table shows, for those who do not see it. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey(row: Row): string
  rowHref?(row: Row): string
  /** Without it rows stay as they are given until somebody sorts them. */
  initialSort?: Sort
  compact?: boolean
  /** Many columns: it scrolls within its card on every screen. */
  wide?: boolean
  /** Hundreds of rows: those that are not on the screen cost nothing. Each column but one needs its `width`. */
  many?: boolean
}) {
  const fits = useMedia('(min-width: 1000px)') && !wide && !compact
  const [sort, setSort] = useState<Sort | null>(initialSort ?? null)
  const sorted = useMemo(() => {
    const by = columns.find(({ key }) => key === sort?.key)?.sort
    return sort && by ? sortRows(rows, by, sort.descending) : rows
  }, [rows, columns, sort])
  const toggle = ({ key, numeric }: Column<Row>) =>
    setSort((now) => ({ key, descending: now?.key === key ? !now.descending : numeric === true }))

  // Rows that can be left out are no table to the browser: it is told what they are.
  const role = (name: string) => (many ? name : undefined)
  const head = columns.map((column) => {
    const sorting = sort?.key === column.key ? sort : null
    const order = sorting ? (sorting.descending ? 'descending' : 'ascending') : undefined
    const icon = html`<${Icon} name=${sorting?.descending ? 'down' : 'up'} class=${classes('sort', sorting && 'on')} />`
    const title = column.sort
      ? html`<button type="button" onClick=${() => toggle(column)}>${column.title}${icon}</button>`
      : html`<span class="head">${column.title}</span>`
    return html`<th key=${column.key} role=${role('columnheader')} scope="col" class=${nameOf(column)} style=${{ width: column.width }} aria-sort=${order}>${title}</th>`
  })
  const draw = (row: Row) => {
    const cells = columns.map((column, i) => {
      const content = column.cell(row)
      const linked =
        i === 0 && rowHref ? html`<a href=${rowHref(row)} class="row-link">${content}</a>` : content
      return html`<td key=${column.key} role=${role('cell')} class=${nameOf(column)}>${linked}</td>`
    })
    return html`<tr key=${rowKey(row)} role=${role('row')}>${cells}</tr>`
  }
  // A row that is the same object is drawn once, and passed over from then on: of hundreds mostly none has changed.
  const drawn = useRef<{ columns: unknown; rows: Map<Row, VNode> }>({ columns: null, rows: new Map() })
  const before = drawn.current.columns === columns ? drawn.current.rows : null
  const rowsNow = new Map(sorted.map((row) => [row, before?.get(row) ?? draw(row)]))
  drawn.current = { columns, rows: rowsNow }
  const body = [...rowsNow.values()]
  // What scrolls must be reachable by keyboard; where nothing does it would be one stop too many.
  const about = fits ? {} : { role: 'region', 'aria-label': label, tabindex: 0 }
  return html`<div class=${classes('table-scroll', compact && 'compact', wide && 'wide')} ...${about}>
    <table class=${classes('table', rowHref && 'linked', many && 'many')} role=${role('table')} style=${many && tracksOf(columns)}><caption class="hidden">${label}</caption>
      <thead role=${role('rowgroup')}><tr role=${role('row')}>${head}</tr></thead><tbody role=${role('rowgroup')}>${body}</tbody></table>
  </div>`
}

/** The widths of the columns, on large screens and on phones, where only some are shown. */
function tracksOf<Row>(columns: readonly Column<Row>[]) {
  const tracks = (shown: readonly Column<Row>[]) =>
    shown.map(({ width }) => width ?? 'minmax(0, 1fr)').join(' ')
  return { '--tracks': tracks(columns), '--few-tracks': tracks(columns.filter(({ minor }) => !minor)) }
}

const nameOf = <Row>({ numeric, minor }: Column<Row>) => classes(numeric && 'numeric', minor && 'minor')

import type { ComponentChildren } from 'preact'
import { useMemo, useState } from 'preact/hooks'
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
}) {
  const fits = useMedia('(min-width: 1000px)') && !wide && !compact
  const [sort, setSort] = useState<Sort | null>(initialSort ?? null)
  const sorted = useMemo(() => {
    const by = columns.find(({ key }) => key === sort?.key)?.sort
    return sort && by ? sortRows(rows, by, sort.descending) : rows
  }, [rows, columns, sort])
  const toggle = ({ key, numeric }: Column<Row>) =>
    setSort((now) => ({ key, descending: now?.key === key ? !now.descending : numeric === true }))

  const head = columns.map((column) => {
    const sorting = sort?.key === column.key ? sort : null
    const order = sorting ? (sorting.descending ? 'descending' : 'ascending') : undefined
    const icon = html`<${Icon} name=${sorting?.descending ? 'down' : 'up'} class=${classes('sort', sorting && 'on')} />`
    const title = column.sort
      ? html`<button type="button" onClick=${() => toggle(column)}>${column.title}${icon}</button>`
      : html`<span class="head">${column.title}</span>`
    return html`<th key=${column.key} scope="col" class=${nameOf(column)} style=${{ width: column.width }} aria-sort=${order}>${title}</th>`
  })
  const body = sorted.map((row) => {
    const cells = columns.map((column, i) => {
      const content = column.cell(row)
      const linked =
        i === 0 && rowHref ? html`<a href=${rowHref(row)} class="row-link">${content}</a>` : content
      return html`<td key=${column.key} class=${nameOf(column)}>${linked}</td>`
    })
    return html`<tr key=${rowKey(row)}>${cells}</tr>`
  })
  // What scrolls must be reachable by keyboard; where nothing does it would be one stop too many.
  const about = fits ? {} : { role: 'region', 'aria-label': label, tabindex: 0 }
  return html`<div class=${classes('table-scroll', compact && 'compact', wide && 'wide')} ...${about}>
    <table class="table"><caption class="hidden">${label}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>
  </div>`
}

const nameOf = <Row>({ numeric, minor }: Column<Row>) => classes(numeric && 'numeric', minor && 'minor')

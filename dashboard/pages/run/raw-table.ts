import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Icon } from '../../components/icon.ts'
import { formatDateTime, formatNumber, formatTime } from '../../lib/format.ts'
import { classes, html } from '../../lib/html.ts'
import { formatLength } from '../../lib/run-meta.ts'
import { formatMetric, metricLabel } from '../../lib/run-metrics.ts'
import { sortRows } from '../../lib/sort.ts'
import { metricsIn, type Point } from './history.ts'

/** As the style sheet has it, in rem. */
const ROW_REM = 2.25
/** Rows beyond what is in sight, so that scrolling does not outrun them. */
const SPARE = 8

type Sort = { key: string; descending: boolean }

const NEWEST_FIRST: Sort = { key: 'at', descending: true }

/** All that is in the history, as it was reported. Of a thousand rows only those in sight are elements. */
export function RawTable({ points, start_at }: { points: readonly Point[]; start_at: number }) {
  const [sort, setSort] = useState(NEWEST_FIRST)
  const area = useRef<HTMLDivElement>(null)
  const { top, rows: room, row_px } = useWindow(area)
  const held = useRef(points)
  // Nothing moves under the eyes of whoever has scrolled down.
  if (top === 0) held.current = points
  const shown = held.current
  const newer = points === shown ? 0 : points.filter(({ at }) => at > (shown.at(-1)?.at ?? 0)).length
  const names = useMemo(() => metricsIn(shown, { texts: true }), [shown])
  const sorted = useMemo(() => {
    const by = ({ at, metrics }: Point) => (sort.key === 'at' ? at : (metrics[sort.key] ?? null))
    return sortRows(shown, by, sort.descending)
  }, [shown, sort])

  // A date says nothing as long as it is the same in all rows.
  const days = new Date(start_at).toDateString() !== new Date(shown.at(-1)?.at ?? start_at).toDateString()
  const formatAt = days ? formatDateTime : formatTime
  const first = Math.max(0, Math.min(Math.floor(top / row_px), sorted.length - room) - SPARE)
  const last = Math.min(sorted.length, first + room + 2 * SPARE)
  const toTop = () => area.current?.scrollTo({ top: 0 })
  const toggle = (key: string) => {
    setSort((before) => ({ key, descending: before.key === key ? !before.descending : true }))
    toTop()
  }
  const head = (key: string, title: string, place: number) => {
    const sorting = sort.key === key ? sort : null
    const order = sorting ? (sorting.descending ? 'descending' : 'ascending') : undefined
    return html`<th key=${key} scope="col" aria-colindex=${place} class=${classes(place > 2 && 'numeric')} aria-sort=${order}>
      <button type="button" onClick=${() => toggle(key)}>${title}<${Icon} name=${sorting?.descending === false ? 'up' : 'down'} class=${classes('sort', sorting && 'on')} /></button>
    </th>`
  }
  const body = sorted.slice(first, last).map(
    ({ at, metrics }, i) => html`<tr key=${at} aria-rowindex=${first + i + 2}>
      <th scope="row" class="tabular">${formatAt(at)}</th>
      <td class="tabular">${formatLength(at - start_at)}</td>
      ${names.map((name) => html`<td key=${name} class="numeric" title=${typeof metrics[name] === 'string' ? metrics[name] : undefined}>${formatMetric(name, metrics[name])}</td>`)}
    </tr>`,
  )
  const gap = (key: string, rows: number) =>
    rows > 0 &&
    html`<tr key=${key} class="gap" aria-hidden="true"><td colspan=${names.length + 2} style=${{ height: `${rows * ROW_REM}rem` }}></td></tr>`

  const actions =
    newer > 0 &&
    html`<${Button} size="small" icon="up" onClick=${toTop}>${`${formatNumber(newer, 'newer report')}`}<//>`
  return html`<${Card} flush class="raw" title="Reports" note=${`${formatNumber(points.length, 'report')}; the history keeps up to 1,000, and no extreme is lost`} actions=${actions}>
    <div ref=${area} class="table-scroll wide compact" role="region" aria-label="Table of reports" tabindex="0">
      <table class="table" aria-rowcount=${sorted.length + 1} aria-colcount=${names.length + 2}>
        <caption class="hidden">Reports</caption>
        <thead><tr aria-rowindex="1">${head('at', 'Time', 1)}<th scope="col" aria-colindex="2">After</th>${names.map((name, i) => head(name, metricLabel(name), i + 3))}</tr></thead>
        <tbody>${gap('above', first)}${body}${gap('below', sorted.length - last)}</tbody>
      </table>
    </div>
  <//>`
}

/** Where the area is scrolled to, and how many rows it has room for. */
function useWindow(area: { current: HTMLDivElement | null }) {
  const [state, setState] = useState({ top: 0, rows: 20, row_px: ROW_REM * 16 })
  useEffect(() => {
    const element = area.current
    if (!element) return
    let frame = 0
    const read = () => {
      frame = 0
      const row_px = ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      setState({ top: element.scrollTop, rows: Math.ceil(element.clientHeight / row_px), row_px })
    }
    const plan = () => {
      frame ||= requestAnimationFrame(read)
    }
    element.addEventListener('scroll', plan, { passive: true })
    const watcher = new ResizeObserver(plan)
    watcher.observe(element)
    return () => {
      element.removeEventListener('scroll', plan)
      watcher.disconnect()
      cancelAnimationFrame(frame)
    }
  }, [area])
  return state
}

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { formatCount, formatDateTime, formatDuration, formatShort } from '../lib/format.ts'
import { classes, html } from '../lib/html.ts'
import { useLater } from '../lib/later.ts'
import { useStore } from '../lib/store.ts'
import { shade } from '../lib/theme.ts'
import { Button } from './button.ts'
import { PlotLegend } from './plot-legend.ts'
import { plotOptions, readLook, type XKind } from './plot-options.ts'
import { Empty } from './states.ts'

const loadTable = () => import('./plot-table.ts').then(({ PlotTable }) => PlotTable)

export type Series = { name: string; values: readonly (number | null)[] }

/**
 * Lines over time or over another number. Pointing at it shows the values there, dragging looks closer, a click on a
 * name in the legend hides its line, and the figures are there as a table, too.
 */
export function Plot({
  label,
  x,
  xKind = 'time',
  series,
  format = formatCount,
  formatY = format === formatCount ? formatShort : format,
  formatX = X_FORMATS[xKind],
  height = '16rem',
  min,
  max,
  sync,
  finals = false,
  lengths = false,
  empty = 'Nothing was measured yet',
}: {
  /** What it shows; how it is read out, together with the newest values. */
  label: string
  /** Ascending. Each series has one value (or null) for each. */
  x: readonly number[]
  xKind?: XKind
  series: readonly Series[]
  /** A value with its unit. */
  format?(value: number): string
  /** The same beside the axis, where it may be shorter. */
  formatY?(value: number): string
  formatX?(x: number): string
  /** A CSS length, of the drawing without its legend. */
  height?: string
  /** Ends of the axis of values; without them it follows the values. */
  min?: number
  max?: number
  /** Plots of the same name share the cursor. */
  sync?: string
  /** Values are lengths of time in ms: their axis counts in minutes and hours. */
  lengths?: boolean
  /** Lines may end before others: away from the cursor the last value of each is shown, not that at the end of the axis. */
  finals?: boolean
  empty?: string
}) {
  const area = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const given = useRef<uPlot.AlignedData | null>(null)
  const [index, setIndex] = useState<number | null>(null)
  const [zoomed, setZoomed] = useState(false)
  const [asTable, setAsTable] = useState(false)
  const PlotTable = useLater(loadTable, asTable)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const theme = useStore(shade)
  const data = useMemo(
    () => [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData,
    [x, series],
  )
  const latest = useRef({ data, format, formatY, formatX, hidden })
  latest.current = { data, format, formatY, formatX, hidden }
  const names = series.map(({ name }) => name)
  const shape = JSON.stringify([names, xKind, lengths, min, max, sync, theme])
  const drawn = x.length > 0 && !asTable

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is all that a plot cannot change once it is there
  useEffect(() => {
    const element = area.current
    if (!element || !drawn) return
    const look = readLook(element)
    const options = plotOptions(
      {
        ...{ names, xKind, lengths, min, max, sync },
        formatY: (values) => short(values, latest.current.formatY, latest.current.format),
        formatX: (values) =>
          xKind === 'number'
            ? short(values, formatShort, latest.current.formatX)
            : values.map(latest.current.formatX),
        onCursor: setIndex,
        onZoom: setZoomed,
      },
      look,
      element.clientWidth,
      element.clientHeight,
    )
    const made = new uPlot(options, latest.current.data, element)
    plot.current = made
    given.current = latest.current.data
    for (const [i, name] of names.entries())
      if (latest.current.hidden.has(name)) made.setSeries(i + 1, { show: false })
    const watcher = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: element.clientHeight })
    })
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = null
      setZoomed(false)
    }
  }, [shape, drawn])

  useEffect(() => {
    if (!plot.current || given.current === data) return
    given.current = data
    // Whoever looks closer goes on looking there while values come in.
    plot.current.setData(data, !zoomed)
    if (zoomed) plot.current.redraw()
  }, [data, zoomed])

  const toggle = (name: string) => {
    const next = new Set(hidden)
    if (!next.delete(name)) next.add(name)
    setHidden(next)
    plot.current?.setSeries(names.indexOf(name) + 1, { show: !next.has(name) })
  }
  const unzoom = () => {
    const together = sync === undefined ? [plot.current] : uPlot.sync(sync).plots
    for (const each of together) each?.setData(each.data)
  }

  if (x.length === 0) {
    return html`<div class="plot"><div class="plot-empty" style=${{ minHeight: height }}><${Empty} icon="chart" title=${empty} /></div></div>`
  }
  const pointed = index !== null && index < x.length
  const at = pointed ? index : x.length - 1
  const newest = ({ values }: Series) => (finals ? values.findLast((value) => value !== null) : values.at(-1))
  const shown = series.map((each) => (pointed ? each.values[at] : newest(each)))
  const summary = series.map((each) => `${each.name} ${tell(newest(each), format)}`).join(', ')
  return html`<div class="plot">
    <div class=${classes('plot-head', series.length > 3 && 'many')}>
      <${PlotLegend} series=${series} shown=${shown} format=${format} hidden=${hidden} onToggle=${toggle} />
      <div class="row tight">
        <span class="plot-x tabular">${formatX(x[at] as number)}</span>
        <${Button} class=${zoomed ? '' : 'absent'} kind="quiet" size="small" icon="expand" label="Show all" onClick=${unzoom} />
        <${Button} kind="quiet" size="small" icon=${asTable ? 'chart' : 'table'} label=${asTable ? `${label} as a chart` : `${label} as a table`} onClick=${() => setAsTable(!asTable)} />
      </div>
    </div>
    ${
      asTable
        ? PlotTable &&
          html`<${PlotTable} label=${label} x=${x} series=${series} format=${format} formatX=${formatX} height=${height} />`
        : html`<div ref=${area} class="plot-area" style=${{ height }} role="img" aria-label=${`${label}. Newest: ${summary}`}></div>`
    }
  </div>`
}

/** Beside an axis as short as they can be without being the same. */
function short(
  values: readonly number[],
  format: (value: number) => string,
  full: (value: number) => string,
): string[] {
  const texts = values.map(format)
  return new Set(texts).size < texts.length ? values.map(full) : texts
}

const tell = (value: number | null | undefined, format: (value: number) => string) =>
  value == null ? 'unknown' : format(value)

const X_FORMATS: Record<XKind, (x: number) => string> = {
  time: formatDateTime,
  duration: formatDuration,
  number: formatCount,
}

import { useMemo } from 'preact/hooks'
import { Card } from '../../components/card.ts'
import { Choice } from '../../components/field.ts'
import { Plot, type Series } from '../../components/plot.ts'
import type { XKind } from '../../components/plot-options.ts'
import type { Run } from '../../lib/api.ts'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import { clientType } from '../../lib/run-meta.ts'
import { isKnownMetric, metricFormat } from '../../lib/run-metrics.ts'
import { RATE_MS } from '../../lib/run-pace.ts'
import { AXES, type Axis, metricsIn, type Point, placesOn, ratesOf, valuesOf } from './history.ts'

type Chart = {
  title: string
  note: string
  series: Series[]
  format(value: number): string
  min?: number
  wide?: boolean
  lengths?: boolean
}

const perSecond = (value: number) => `${formatCount(Math.round(value * 10) / 10)}/s`
const bytesPerSecond = (value: number) => `${formatBytes(value)}/s`
const wholePercent = (value: number) => formatPercent(value, 0)

/** Everything that the run measured, over time, its duration or its blocks; all charts share the cursor. */
export function Charts({ run, points, axis }: { run: Run; points: readonly Point[]; axis: Axis }) {
  const start_at = Date.parse(run.start_time)
  const [exec, cons] = [clientType(run, 'exec') ?? 'execution', clientType(run, 'cons') ?? 'consensus']
  const { x, charts } = useMemo(() => {
    const placed = placesOn(points, axis, start_at)
    return { x: placed.x, charts: chartsOf(placed.points, axis, start_at, [exec, cons]) }
  }, [points, axis, start_at, exec, cons])
  const blocks = axis === 'block' || typeof run.current_metrics?.block === 'number'
  const xKind = axis === 'time' ? 'time' : axis === 'elapsed' ? 'duration' : 'number'

  return html`<section class="charts" aria-label="Measurements">
    <div class="section-head">
      <h2>Measurements</h2>
      <${Choice} label="Over" hidden options=${blocks ? AXES : AXES.filter(({ value }) => value !== 'block')} value=${axis}
        onChange=${(value: Axis) => setQuery({ axis: value === 'time' ? null : value })} />
    </div>
    ${charts.length === 0 && html`<${Card}><${Plot} label="Measurements" x=${[]} series=${[]} empty=${points.length > 0 ? 'No block was reported: choose another axis' : 'Nothing was measured yet'} /><//>`}
    <div class="plots">${charts.map((chart) => html`<${ChartCard} key=${chart.title} chart=${chart} x=${x} xKind=${xKind} />`)}</div>
  </section>`
}

function ChartCard({ chart, x, xKind }: { chart: Chart; x: readonly number[]; xKind: XKind }) {
  const { title, note, series, format, min, wide, lengths } = chart
  return html`<${Card} class=${wide ? 'wide' : ''} title=${title} note=${note}>
    <${Plot} label=${title} x=${x} xKind=${xKind} series=${series} format=${format} lengths=${lengths} min=${min} height=${wide ? '16rem' : '11rem'} sync="run" />
  <//>`
}

function chartsOf(points: readonly Point[], axis: Axis, start_at: number, sides: [string, string]): Chart[] {
  const names = new Set(metricsIn(points))
  const values = (name: string, metric: string): Series[] =>
    names.has(metric) ? [{ name, values: valuesOf(points, metric) }] : []
  const rates = (name: string, metric: string): Series[] =>
    names.has(metric) ? [{ name, values: ratesOf(points, metric, RATE_MS) }] : []
  const both = (make: typeof values, what: string, suffix = '') => [
    ...make(`${sides[0]}${suffix}`, `exec_${what}`),
    ...make(`${sides[1]}${suffix}`, `cons_${what}`),
  ]
  const elapsed = { name: 'Time', values: points.map(({ at }) => at - start_at) }
  const places =
    axis === 'block'
      ? {
          title: 'Time since start',
          note: 'when it came to a block',
          series: [elapsed],
          format: formatDuration,
          lengths: true,
        }
      : {
          title: 'Block and slot',
          note: 'how far the two clients are',
          series: [...values('Block', 'block'), ...values('Slot', 'slot')],
          format: formatCount,
        }
  const others = [...names].filter((name) => !isKnownMetric(name))
  const charts: Chart[] = [
    { ...places, wide: true },
    {
      title: 'Speed',
      note: 'per second, over a minute',
      series: [...rates('Blocks', 'block'), ...rates('Slots', 'slot')],
      format: perSecond,
      min: 0,
    },
    { title: 'Peers', note: 'connected', series: both(values, 'peers'), format: formatCount, min: 0 },
    { title: 'Disk', note: 'in use', series: both(values, 'disk_usage'), format: formatBytes, min: 0 },
    { title: 'Memory', note: 'in use', series: both(values, 'memory_usage'), format: formatBytes, min: 0 },
    {
      title: 'CPU',
      note: 'of one core',
      series: both(values, 'cpu_usage_percent'),
      format: wholePercent,
      min: 0,
    },
    {
      title: 'Block I/O',
      note: 'read and written per second',
      series: [...both(rates, 'block_io_read', ' read'), ...both(rates, 'block_io_write', ' written')],
      format: bytesPerSecond,
      min: 0,
    },
    ...others.map((name) => ({
      title: name,
      note: 'as its reporter names it',
      series: values(name, name),
      format: metricFormat(name),
    })),
  ]
  return points.length === 0 ? [] : charts.filter(({ series }) => series.length > 0)
}

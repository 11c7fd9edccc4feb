import { useMemo } from 'preact/hooks'
import { Card } from '../../components/card.ts'
import { Plot } from '../../components/plot.ts'
import type { Instance } from '../../lib/api.ts'
import { formatBytes, formatCount, formatLatency, formatPercent, formatTime } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { type Line, lineOf, linesPerInstance, type Sample } from './samples.ts'

type Chart = { title: string; note: string; format(value: number): string; lines(): Line[] }

const ms = formatLatency
const rate = (value: number) => `${formatCount(Math.round(value * 10) / 10)}/s`

/** The last minutes: traffic of the whole deployment, and the load of each instance. */
export function Plots({
  samples,
  instances,
}: {
  samples: readonly Sample[]
  instances: readonly Instance[]
}) {
  const charts = useMemo(() => {
    const all: Chart[] = [
      {
        title: 'Traffic',
        note: 'per second, all instances',
        format: rate,
        lines: () => [
          lineOf(samples, 'Requests', 'requests_per_second', 'sum'),
          lineOf(samples, 'Switches', 'switches_per_second', 'sum'),
        ],
      },
      {
        title: 'Errors',
        note: "by the server's fault, per second",
        format: rate,
        lines: () => [lineOf(samples, 'Server errors', 'errors_per_second', 'sum')],
      },
      {
        title: 'Latency',
        note: 'of the slowest instance',
        format: ms,
        lines: () => [
          lineOf(samples, 'p50', 'p50_ms', 'largest'),
          lineOf(samples, 'p99', 'p99_ms', 'largest'),
        ],
      },
      {
        title: 'Event loop',
        note: 'how late timers are',
        format: ms,
        lines: () => linesPerInstance(samples, instances, 'event_loop_lag_ms', 'Delay'),
      },
      {
        title: 'CPU',
        note: 'of one core',
        format: (value) => formatPercent(value, value < 10 ? 1 : 0),
        lines: () => linesPerInstance(samples, instances, 'cpu_percent', 'CPU'),
      },
      {
        title: 'Memory',
        note: 'resident',
        format: formatBytes,
        lines: () => linesPerInstance(samples, instances, 'rss_bytes', 'Memory'),
      },
      {
        title: 'Connections',
        note: 'all instances',
        format: formatCount,
        lines: () => [
          lineOf(samples, 'Sockets', 'sockets', 'sum'),
          lineOf(samples, 'Event streams', 'streams', 'sum'),
        ],
      },
      {
        title: 'To be stored',
        note: 'all instances',
        format: formatCount,
        lines: () => [
          lineOf(samples, 'Events', 'outbox_pending', 'all'),
          lineOf(samples, 'Jobs', 'jobs_pending', 'all'),
        ],
      },
    ]
    return all.map(({ lines, ...chart }) => ({ ...chart, series: lines() }))
  }, [samples, instances])
  const x = useMemo(() => samples.map(({ at }) => at), [samples])

  return html`<div class="plots">
    ${charts.map(
      ({ title, note, format, series }) => html`<${Card} key=${title} title=${title} note=${note}>
        <${Plot} label=${`${title}, ${note}`} x=${x} series=${series} format=${format} formatX=${formatTime} height="7.5rem" min=${0} sync="system" empty="The first figures are on their way" />
      <//>`,
    )}
  </div>`
}

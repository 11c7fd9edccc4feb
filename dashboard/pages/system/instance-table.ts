import { type Column, Table } from '../../components/table.ts'
import type { Instance } from '../../lib/api.ts'
import { formatBytes, formatCount, formatDateTime, formatDuration, formatPercent } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { nameOf } from './samples.ts'

/** Who serves, and how each of them is. */
export function InstanceTable({ instances }: { instances: readonly Instance[] }) {
  const now = useNow()
  const columns: Column<Instance>[] = [
    {
      key: 'name',
      title: 'Instance',
      cell: ({ id }) => html`<strong>${nameOf(instances, id)}</strong>`,
      sort: ({ id }) => nameOf(instances, id),
    },
    {
      key: 'up',
      title: 'Up',
      numeric: true,
      cell: ({ started_at }) =>
        html`<time datetime=${started_at} title=${`Since ${formatDateTime(started_at)}`}>${formatDuration(Math.max(0, now - Date.parse(started_at)))}</time>`,
      sort: ({ started_at }) => -Date.parse(started_at),
    },
    figure('requests', 'Requests/s', ({ figures }) => figures.requests_per_second, count),
    figure('p99', 'p99', ({ figures }) => figures.p99_ms, ms),
    figure('lag', 'Loop lag', ({ figures }) => figures.event_loop_lag_ms, ms),
    figure(
      'cpu',
      'CPU',
      ({ figures }) => figures.cpu_percent,
      (value) => formatPercent(value, 0),
    ),
    figure('heap', 'Heap', ({ figures }) => figures.heap_bytes, formatBytes),
    figure('memory', 'Memory', ({ figures }) => figures.rss_bytes, formatBytes),
    figure('readers', 'Readers', ({ figures }) => figures.sockets + figures.streams, formatCount),
    {
      key: 'version',
      title: 'Version',
      numeric: true,
      cell: ({ version, node }) => html`<span title=${`Node.js ${node}`}>${version}</span>`,
    },
  ]
  return html`<${Table} label="Instances and their load" columns=${columns} rows=${instances} wide rowKey=${({ id }: Instance) => id} />`
}

const ms = (value: number) => `${formatCount(value)} ms`
const count = (value: number) => formatCount(Math.round(value * 10) / 10)

function figure(
  key: string,
  title: string,
  read: (instance: Instance) => number | null,
  format: (value: number) => string,
): Column<Instance> {
  const cell = (instance: Instance) => {
    const value = read(instance)
    return value === null ? '–' : format(value)
  }
  return { key, title, numeric: true, cell, sort: read }
}

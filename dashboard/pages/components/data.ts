import { useMemo } from 'preact/hooks'
import { StatusBadge } from '../../components/badge.ts'
import { Card } from '../../components/card.ts'
import { ClockText } from '../../components/clock-text.ts'
import { Plot } from '../../components/plot.ts'
import { Progress } from '../../components/progress.ts'
import { Sparkline } from '../../components/sparkline.ts'
import { Stat, Stats } from '../../components/stat.ts'
import { type Column, Table } from '../../components/table.ts'
import { Time } from '../../components/time.ts'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'

type Row = { id: string; status: string; left_ms: number; percent: number; at: number }

const POINTS = 240
const STEP_MS = 30_000
const LOOP_MS = 25_000

export function Data() {
  const start = useMemo(() => Date.now(), [])
  return html`<div class="stack">
    <${Figures} start=${start} /><${Rows} start=${start} /><${Lines} start=${start} />
  </div>`
}

function Figures({ start }: { start: number }) {
  const passed = () => Date.now() - start
  return html`<${Card} title="ClockText, Stat, Time, Progress, Sparkline">
    <${Stats}>
      <${Stat} label="Time left" note="loops"><${ClockText} label="Time left" read=${() => LOOP_MS - (passed() % LOOP_MS)} low_ms=${10_000} /><//>
      <${Stat} label="Time used"><${ClockText} label="Time used" read=${passed} down=${false} tenths="always" /><//>
      <${Stat} label="Opened"><${Time} at=${start} /><//>
      <${Stat} label="On disk" note="+ 12 MB/s">${formatBytes(812_400_000_000)}<//>
      <${Stat} label="Blocks" note=${html`<${Sparkline} label="Blocks per second" values=${[4, 6, 5, 8, 9, 7, null, 11, 12, 10, 14]} />`}>${formatCount(22_431_084)}<//>
      <${Stat} label="Synced" note=${html`<${Progress} label="Synced" value=${62.4} />`}>${formatPercent(62.4)}<//>
    <//>
  <//>`
}

function Rows({ start }: { start: number }) {
  const rows = useMemo(
    () =>
      ['running', 'paused', 'expired', 'completed', 'pending', 'failed', 'stale'].map((status, i) => ({
        id: `session-${i + 1}`,
        status,
        left_ms: 3_000_000 / (i + 1),
        percent: (i * 37) % 100,
        at: start - i * 400_000,
      })),
    [start],
  )
  return html`<${Card} title="Table" flush>
    <${Table} label="Examples" columns=${COLUMNS} rows=${rows} rowKey=${(row: Row) => row.id} rowHref=${() => '/components?tab=data'} initialSort=${{ key: 'at', descending: true }} />
  <//>`
}

const COLUMNS: Column<Row>[] = [
  { key: 'id', title: 'Session', cell: ({ id }) => id, sort: ({ id }) => id },
  {
    key: 'status',
    title: 'Status',
    width: '9rem',
    cell: ({ status }) => html`<${StatusBadge} status=${status} />`,
    sort: ({ status }) => status,
  },
  {
    key: 'left',
    title: 'Left',
    numeric: true,
    width: '8rem',
    cell: ({ left_ms }) => formatDuration(left_ms),
    sort: ({ left_ms }) => left_ms,
  },
  {
    key: 'percent',
    title: 'Done',
    width: '10rem',
    minor: true,
    cell: ({ id, percent }) => html`<${Progress} label=${`${id} done`} value=${percent} />`,
  },
  {
    key: 'at',
    title: 'Changed',
    numeric: true,
    width: '10rem',
    cell: ({ at }) => html`<${Time} at=${at} />`,
    sort: ({ at }) => at,
  },
]

function Lines({ start }: { start: number }) {
  const { x, percent, peers } = useMemo(() => {
    const x = Array.from({ length: POINTS }, (_, i) => start - (POINTS - i) * STEP_MS)
    const percent = ['geth', 'nethermind', 'reth', 'besu', 'erigon', 'nimbus'].map((name, k) => ({
      name,
      values: x.map((_, i) => 100 * (1 - Math.exp(-i / (50 + 30 * k)))),
    }))
    const wave = (i: number) => (i > 120 && i < 140 ? null : Math.round(40 + 18 * Math.sin(i / 17) + (i % 7)))
    return { x, percent, peers: [{ name: 'Peers', values: x.map((_, i) => wave(i)) }] }
  }, [start])
  return html`<div class="grid" style=${{ '--column': '28rem' }}>
    <${Card} title="Plot"><${Plot} label="Execution clients, synced" x=${x} series=${percent} format=${formatPercent} formatY=${(value: number) => `${value} %`} min=${0} max=${100} sync="gallery" /><//>
    <${Card} title="Plot with a gap"><${Plot} label="Peers" x=${x} series=${peers} sync="gallery" /><//>
    <${Card} title="Plot of nothing"><${Plot} label="Peers" x=${[]} series=${[]} /><//>
    <${Card} title="Plot over a duration"><${Plot} label="Slots" x=${x.map((at) => at - (x[0] as number))} xKind="duration" series=${peers} /><//>
  </div>`
}

import { StatusBadge } from '../../components/badge.ts'
import { ClockText } from '../../components/clock-text.ts'
import { FreshText } from '../../components/fresh-text.ts'
import { Icon } from '../../components/icon.ts'
import { Progress } from '../../components/progress.ts'
import { Time } from '../../components/time.ts'
import type { Run } from '../../lib/api.ts'
import { formatBytesAlike, formatCount, formatPercent, formatRate } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import {
  clientType,
  clientVersion,
  formatAbout,
  formatLength,
  isBaseline,
  lengthOf,
  metricOf,
  percentOf,
  placeOf,
  SIDES,
  type Side,
  stateOf,
} from '../../lib/run-meta.ts'
import { formatMetric, isKnownMetric } from '../../lib/run-metrics.ts'
import { serverTime } from '../../lib/server-time.ts'

const LABELS = 3
const OTHERS = 2

/** The name leads to the run. A flag: others are measured against it. */
export function Name({ run }: { run: Run }) {
  return html`<span class="title">
    <a class="row-link" href=${`/runs/${encodeURIComponent(run.run_id)}`} title=${run.run_id}>${run.run_id}</a>
    ${isBaseline(run) && html`<span title="Others are measured against it"><${Icon} name="flag" label="Baseline" /></span>`}
  </span>`
}

/** What stands below the name: how it is, where, and what its reporter calls it. A label looks for its like. */
export function About({ run }: { run: Run }) {
  const labels = Object.entries(run.labels).filter(([key]) => key !== 'baseline')
  return html`<span class="about">
    <${StatusBadge} status=${run.status} />
    <span class="words">
      ${run.network && html`<button type="button" title=${`Only runs on ${run.network}`} onClick=${() => setQuery({ network: run.network })}>${run.network}</button>`}
      ${labels.slice(0, LABELS).map(([key, value]) => {
        const label = `${key}=${value}`
        return html`<button key=${key} type="button" title=${`Only runs with ${label}`} onClick=${() => setQuery({ label })}>${value || key}</button>`
      })}
    </span>
  </span>`
}

export function Clients({ run }: { run: Run }) {
  return SIDES.map(({ side }) => {
    const type = clientType(run, side)
    const version = type && clientVersion(run, side)
    return html`<span key=${side} class="line" title=${version ? `${type} ${version}` : undefined}>
      ${type ?? html`<span class="muted">–</span>`}${version && html` <span class="muted">${version}</span>`}
    </span>`
  })
}

/** A bar for each client; of a job that has none, the first of its own numbers. */
export function Synced({ run }: { run: Run }) {
  const bars = SIDES.filter(({ side }) => percentOf(run, side) !== null)
  if (bars.length === 0) return html`<${Others} run=${run} />`
  return bars.map(({ side, name }) => {
    const percent = percentOf(run, side) as number
    return html`<span key=${side} class="line bar">
      <${Progress} value=${percent} label=${`${name} synced`} state=${stateOf(run)} />
      <span class="tabular"><${FreshText} text=${formatPercent(percent)} /></span>
    </span>`
  })
}

function Others({ run }: { run: Run }) {
  const others = Object.entries(run.current_metrics ?? {}).filter(
    ([name, value]) => typeof value === 'number' && !isKnownMetric(name),
  )
  if (others.length === 0) return html`<span class="line muted">–</span>`
  return others
    .slice(0, OTHERS)
    .map(
      ([name, value]) =>
        html`<span key=${name} class="line"><span class="muted">${name}</span> ${formatMetric(name, value)}</span>`,
    )
}

const tell = (value: number | null, format: (value: number) => string) =>
  value === null ? html`<span class="muted">–</span>` : html`<${FreshText} text=${format(value)} />`

/** One line for each client. */
const perSide = (read: (side: Side) => number | null, format: (value: number) => string) =>
  SIDES.map(({ side }) => html`<span key=${side} class="line">${tell(read(side), format)}</span>`)

export const Places = ({ run }: { run: Run }) => perSide((side) => placeOf(run, side), formatCount)

export const Peers = ({ run }: { run: Run }) => perSide((side) => metricOf(run, `${side}_peers`), formatCount)

export const Disk = ({ run }: { run: Run }) =>
  perSide((side) => metricOf(run, `${side}_disk_usage`), formatBytesAlike)

export function Pace({ run, rate, finish_at }: { run: Run; rate: number | null; finish_at: number | null }) {
  // Of a job that is no sync nobody knows either.
  const syncs = placeOf(run, 'exec') !== null || percentOf(run, 'exec') !== null
  if (run.status !== 'running') return html`<span class="line muted">–</span>`
  // As high as what comes with its first reports.
  if (!syncs) return html`<span class="line muted">–</span><span class="line"></span>`
  return html`<span class="line">${rate === null ? html`<span class="muted">–</span>` : html`<${FreshText} text=${formatRate(rate, 'blocks')} />`}</span>
    <span class="line muted"><${Outlook} finish_at=${finish_at} /></span>`
}

/** When a run will be in sync. */
export function Outlook({ finish_at }: { finish_at: number | null }) {
  const now = useNow()
  if (finish_at === null) return html`<span>no estimate</span>`
  return html`<span><${FreshText} text=${`${formatAbout(finish_at - now)} left`} /></span>`
}

/** How long it takes or took, and since when. */
export function Length({ run }: { run: Run }) {
  const read = () => lengthOf(run, serverTime.now())
  return html`<span class="line">${
    run.end_time === null
      ? html`<${ClockText} read=${read} down=${false} tenths="never" label="Running for" />`
      : html`<span class="clock">${formatLength(read())}</span>`
  }</span>
    <span class="line muted"><${Time} at=${run.start_time} /></span>`
}

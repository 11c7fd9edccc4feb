import { useRef } from 'preact/hooks'
import { ClockText } from '../../components/clock-text.ts'
import { Progress } from '../../components/progress.ts'
import { Stat, Stats } from '../../components/stat.ts'
import { Time } from '../../components/time.ts'
import type { Run } from '../../lib/api.ts'
import { formatBytes, formatCount, formatPercent, formatRate, formatTime } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import {
  clientType,
  clientVersion,
  formatAbout,
  formatLength,
  lengthOf,
  metricOf,
  percentOf,
  placeOf,
  SIDES,
  type Side,
  stateOf,
} from '../../lib/run-meta.ts'
import { formatMetric, isKnownMetric } from '../../lib/run-metrics.ts'
import {
  finishOf,
  OUTLOOK_MS,
  RATE_MS,
  type Sample,
  slopeOf,
  slopesOf,
  steadyFinish,
} from '../../lib/run-pace.ts'
import { serverTime } from '../../lib/server-time.ts'

const OTHERS = 4

/** Where the run is now: each of its clients, and how it goes on. */
export function Overview({
  run,
  samples,
  reports,
}: {
  run: Run
  samples: readonly Sample[]
  reports: number
}) {
  const sides = SIDES.filter(
    ({ side }) => percentOf(run, side) !== null || placeOf(run, side) !== null || clientVersion(run, side),
  )
  return html`<section class="card overview" aria-label="Progress">
    ${sides.length > 0 && html`<div class="sides">${sides.map(({ side, name }) => html`<${ClientState} key=${side} run=${run} side=${side} name=${name} />`)}</div>`}
    <${Course} run=${run} samples=${samples} reports=${reports} />
  </section>`
}

function ClientState({ run, side, name }: { run: Run; side: Side; name: string }) {
  const percent = percentOf(run, side)
  const place = placeOf(run, side)
  const figures: [label: string, value: number | null, format: (value: number) => string][] = [
    [side === 'exec' ? 'Block' : 'Slot', place, formatCount],
    ['Peers', metricOf(run, `${side}_peers`), formatCount],
    ['Disk', metricOf(run, `${side}_disk_usage`), formatBytes],
    ['Memory', metricOf(run, `${side}_memory_usage`), formatBytes],
    ['CPU', metricOf(run, `${side}_cpu_usage_percent`), formatPercent],
  ]
  const told = figures.filter(([, value]) => value !== null)
  return html`<div class="side">
    <header>
      <h2>${clientType(run, side) ?? name}</h2>
      <span class="muted">${[name, clientVersion(run, side)].filter(Boolean).join(' ')}</span>
      ${percent !== null && html`<span class="figure">${formatPercent(percent)}</span>`}
    </header>
    <${Progress} value=${percent ?? (run.is_complete ? 100 : null)} label=${`${name} synced`} state=${stateOf(run)} />
    <dl class="figures">
      ${told.map(([label, value, format]) => html`<div key=${label}><dt>${label}</dt><dd class="tabular">${format(value as number)}</dd></div>`)}
    </dl>
  </div>`
}

/** How fast, how long still, how long so far, and when it was last heard of. */
function Course({ run, samples, reports }: { run: Run; samples: readonly Sample[]; reports: number }) {
  const running = run.status === 'running'
  const rate = running ? slopeOf(samples, 'block', RATE_MS) : null
  const synced = SIDES.some(({ side }) => percentOf(run, side) !== null)
  const read = () => lengthOf(run, serverTime.now())
  return html`<div class="course"><${Stats}>
    ${running && metricOf(run, 'block') !== null && html`<${Stat} label="Speed" note="over the last minute">${rate === null ? '–' : formatRate(rate, 'blocks')}<//>`}
    ${running && synced && html`<${Outlook} samples=${samples} />`}
    ${othersOf(run).map(([name, value]) => html`<${Stat} key=${name} label=${name}>${formatMetric(name, value)}<//>`)}
    <${Stat} label="Duration" note=${html`began <${Time} at=${run.start_time} />`}>${
      run.end_time === null
        ? html`<${ClockText} read=${read} down=${false} tenths="never" label="Running for" />`
        : html`<span class="clock">${formatLength(read())}</span>`
    }<//>
    ${run.end_time !== null && html`<${Stat} label="Ended" note=${formatTime(run.end_time)}><${Time} at=${run.end_time} /><//>`}
    <${Stat} label="Last report" note=${`${formatCount(reports)} in its history`}><${Time} at=${run.last_update} /><//>
  <//></div>`
}

/** Of a job that is no sync, the first of its own numbers. */
function othersOf(run: Run): [name: string, value: unknown][] {
  const numbers = Object.entries(run.current_metrics ?? {}).filter(([, value]) => typeof value === 'number')
  return numbers.some(([name]) => isKnownMetric(name)) ? [] : numbers.slice(0, OTHERS)
}

function Outlook({ samples }: { samples: readonly Sample[] }) {
  const now = useNow()
  const shown = useRef<number | null>(null)
  const last = samples.at(-1)
  const next = last ? finishOf(last, slopesOf(samples, OUTLOOK_MS)) : null
  shown.current = steadyFinish(shown.current, next, last?.at ?? now)
  const finish_at = shown.current
  return html`<${Stat} label="In sync in" note=${finish_at === null ? 'too little is known' : `at ${formatTime(finish_at).slice(0, 5)}, at the speed of the last minutes`}>${finish_at === null ? '–' : formatAbout(finish_at - now)}<//>`
}

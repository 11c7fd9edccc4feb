import { Stat, Stats } from '../../components/stat.ts'
import type { Instance } from '../../lib/api.ts'
import { formatCount, formatLatency } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { together } from './samples.ts'

/** The deployment in a row of figures. */
export function Figures({ instances }: { instances: readonly Instance[] }) {
  const figures = instances.map((each) => each.figures)
  const of = (...[field, how]: [Parameters<typeof together>[1], Parameters<typeof together>[2]]) =>
    together(figures, field, how)
  const count = (value: number | null) => (value === null ? '–' : formatCount(Math.round(value * 10) / 10))
  const ms = (value: number | null) => (value === null ? '–' : formatLatency(value))
  return html`<${Stats}>
    <${Stat} label="Requests" note="per second, last 10 s">${count(of('requests_per_second', 'sum'))}<//>
    <${Stat} label="Switches" note="per second, last 10 s">${count(of('switches_per_second', 'sum'))}<//>
    <${Stat} label="Server errors" note="per second, last 10 s">${count(of('errors_per_second', 'sum'))}<//>
    <${Stat} label="Latency" note=${`p99 ${ms(of('p99_ms', 'largest'))}`}>${ms(of('p50_ms', 'largest'))}<//>
    <${Stat} label="Sockets" note=${`and ${count(of('streams', 'sum'))} event streams`}>${count(of('sockets', 'sum'))}<//>
    <${Stat} label="Watched" note="sessions, per reader">${count(of('subscriptions', 'sum'))}<//>
    <${Stat} label="Outbox" note="not stored yet">${count(of('outbox_pending', 'all'))}<//>
    <${Stat} label="Jobs" note="to be done">${count(of('jobs_pending', 'all'))}<//>
  <//>`
}

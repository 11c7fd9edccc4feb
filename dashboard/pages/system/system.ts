import { useEffect, useState } from 'preact/hooks'
import { Badge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Page } from '../../components/page.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import type { Instances } from '../../lib/api.ts'
import { whyOld } from '../../lib/failures.ts'
import { formatNumber } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { useQuery } from '../../lib/query.ts'
import { createStore, useStore } from '../../lib/store.ts'
import { Checks } from './checks.ts'
import { Figures } from './figures.ts'
import { InstanceTable } from './instance-table.ts'
import { Plots } from './plots.ts'
import { addSample, type Sample } from './samples.ts'

/** Instances tell how they are twice as often, but a page is not to ask more than it has turns. */
const REFRESH_MS = 4000
const READINESS_MS = 15_000

/** Outlives the page, so that a look elsewhere leaves only a gap in the plots. */
const history = createStore<Sample[]>([])

/** How the servers are: what they depend on, what they do, and how it went in the last minutes. */
export default function SystemPage() {
  const { data, error, updated_at, refresh } = useQuery(
    (signal, { client }) => client.instances({ signal }),
    [],
    { interval_ms: REFRESH_MS },
  )
  const readiness = useQuery((signal, { client }) => client.ready({ signal }), [], {
    interval_ms: READINESS_MS,
  })
  // What is below moves with it: they come together.
  const settled = readiness.data !== undefined || readiness.error !== undefined
  const samples = useStore(history)
  const [paused, setPaused] = useState(false)
  const [shown, setShown] = useState<Sample[]>([])

  useEffect(() => {
    if (data && updated_at) history.set(addSample(history.get(), data, updated_at))
  }, [data, updated_at])
  useEffect(() => {
    if (!paused) setShown(samples)
  }, [samples, paused])

  const actions = html`
    <${Button} icon=${paused ? 'play' : 'pause'} onClick=${() => setPaused(!paused)} aria-pressed=${paused ? 'true' : 'false'}>${paused ? 'Plots go on' : 'Hold plots'}<//>
    <${Button} icon="external" href="/metrics" target="_blank">Metrics<//>
    <${Button} icon="external" href="/docs" target="_blank">API<//>`
  const badge = readiness.data && html`<${Ready} status=${readiness.data.status} />`

  return html`<${Page} class="system" title="System" badge=${badge} meta=${data ? summary(data) : !error && 'Reading …'} actions=${actions}>
    ${error && data && html`<p class="notice" role="status">What is shown ${whyOld(error)}</p>`}
    ${readiness.error && !error && html`<p class="notice" role="status">Whether the server is ready is not known: ${readiness.error.message}</p>`}
    ${readiness.data && (data || error) ? html`<${Checks} checks=${readiness.data.checks} />` : !error && !readiness.error && html`<div class="skeleton checks-place"></div>`}
    ${data && settled ? content(data) : error && !data ? html`<${ErrorState} error=${error} onRetry=${refresh} />` : html`<${Waiting} />`}
  <//>`

  function content({ instances, partial }: Instances) {
    if (instances.length === 0) {
      return html`<${Empty} icon="server" title="No instance has reported yet" text="Instances say how they are every two seconds." />`
    }
    return html`
      ${partial && html`<p class="notice" role="status">Redis cannot be reached: only the instance that answers is shown.</p>`}
      <${Figures} instances=${instances} />
      <${Plots} samples=${shown} instances=${instances} />
      <${Card} flush title="Instances"><${InstanceTable} instances=${instances} /><//>`
  }
}

function summary({ instances }: Instances): string {
  const stores = new Set(instances.map(({ store }) => (store === 'redis' ? 'Redis' : 'embedded store')))
  const versions = new Set(instances.map(({ version }) => `version ${version}`))
  return [formatNumber(instances.length, 'instance'), ...stores, ...versions].join(' · ')
}

function Ready({ status }: { status: string }) {
  return status === 'ready'
    ? html`<${Badge} state="running" icon="check">Ready<//>`
    : html`<${Badge} state="failed" icon="warning">Not ready<//>`
}

/** As many as there are plots. */
const PLACES = [1, 2, 3, 4, 5, 6, 7, 8]

function Waiting() {
  return html`<div class="stack" aria-busy="true">
    <div class="skeleton figures-place"></div>
    <div class="plots">${PLACES.map((place) => html`<${Skeleton} key=${place} height="14.75rem" />`)}</div>
  </div>`
}

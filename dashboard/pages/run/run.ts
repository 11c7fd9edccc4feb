import { useMemo } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { StatusBadge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Download } from '../../components/download.ts'
import { Page } from '../../components/page.ts'
import { ErrorState, Skeleton } from '../../components/states.ts'
import { client, type Run } from '../../lib/api.ts'
import { whySilent } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { clientPair, compareHref } from '../../lib/run-meta.ts'
import { Charts } from './charts.ts'
import { Facts } from './facts.ts'
import { useRun } from './following.ts'
import { AXES, type Point, samplesOf } from './history.ts'
import { Overview } from './overview.ts'
import { RawTable } from './raw-table.ts'
import { Gone, Trouble } from './trouble.ts'
import { BaselineCard, useBaseline } from './verdict.ts'

const BACK = { href: '/runs', label: 'Runs' }

/** One run: where it is, how it went there, and what it is. */
export default function RunPage({ params, query }: PageProps) {
  const id = params.id as string
  const { run, points, error, connection, refresh } = useRun(id)
  if (!run) {
    return html`<${Page} class="run" title=${id} back=${BACK}>
      ${error ? (error.kind === 'not_found' ? html`<${Gone} id=${id} />` : html`<${ErrorState} error=${error} onRetry=${refresh} />`) : html`<${Waiting} />`}
    <//>`
  }
  const gone = error?.kind === 'not_found'
  return html`<${Page} class="run" title=${id} back=${BACK} badge=${html`<${StatusBadge} status=${run.status} />`} meta=${html`<${Meta} run=${run} />`} actions=${html`<${Actions} id=${id} />`}>
    ${gone && html`<p class="notice" role="status">This run has outlived its time on the server: what you see is all that is left of it, save it if you need it.</p>`}
    ${!gone && (error || connection?.status === 'offline') && html`<p class="notice" role="status">What is shown may be out of date: ${error ? error.message : connection && whySilent(connection)}.</p>`}
    <${Trouble} run=${run} />
    <${Content} run=${run} points=${points} query=${query} />
  <//>`
}

function Content({ run, points, query }: { run: Run; points: readonly Point[]; query: URLSearchParams }) {
  const samples = useMemo(() => samplesOf(points), [points])
  const judged = useBaseline({ run, against: query.get('against') })
  const axis = AXES.find(({ value }) => value === query.get('axis'))?.value ?? 'time'
  return html`
    <${Overview} run=${run} samples=${samples} reports=${points.length} />
    <${Charts} run=${run} points=${points} axis=${axis} />
    ${
      // What is below would move when the verdict comes.
      judged.settled
        ? html`
      <${BaselineCard} judged=${judged} run=${run} />
      ${points.length > 0 && html`<${RawTable} points=${points} start_at=${Date.parse(run.start_time)} />`}
      <${Facts} run=${run} />`
        : html`<${Skeleton} height="24rem" />`
    }`
}

function Meta({ run }: { run: Run }) {
  const labels = Object.entries(run.labels)
  return html`<span>${[run.network, clientPair(run)].filter(Boolean).join(' · ')}</span>
    ${labels.map(([key, value]) => html`<a key=${key} class="label" href=${`/runs?${new URLSearchParams({ label: `${key}=${value}` })}`}><span>${key}</span> ${value}</a>`)}`
}

function Actions({ id }: { id: string }) {
  const path = `/v1/runs/${encodeURIComponent(id)}/export?format=`
  const name = `run-${id.replaceAll(':', '_')}`
  return html`
    <${Button} icon="chart" href=${compareHref([id])}>Compare<//>
    <${Download} href=${`${path}csv`} name=${`${name}.csv`} type="text/csv" read=${() => client.runs.export(id, 'csv')} label="Download the history as CSV">CSV<//>
    <${Download} href=${`${path}json`} name=${`${name}.json`} type="application/json" read=${() => client.runs.export(id, 'json')} label="Download the run as JSON">JSON<//>`
}

function Waiting() {
  return html`<div class="stack" aria-busy="true">
    <${Skeleton} height="16rem" /><${Skeleton} height="20rem" /><div class="plots"><${Skeleton} height="15rem" lines=${2} /></div>
  </div>`
}

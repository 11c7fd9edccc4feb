import { useMemo, useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Download } from '../../components/download.ts'
import { Choice } from '../../components/field.ts'
import { Page } from '../../components/page.ts'
import { Plot } from '../../components/plot.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import type { Comparison, Run } from '../../lib/api.ts'
import { whyOld } from '../../lib/failures.ts'
import { formatNumber, formatShort } from '../../lib/format.ts'
import { whySilent } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { useLater } from '../../lib/later.ts'
import { useQuery } from '../../lib/query.ts'
import { setQuery } from '../../lib/router.ts'
import { readRuns } from '../../lib/run-list.ts'
import { FEWEST_COMPARED } from '../../lib/run-meta.ts'
import { metricFormat, metricKind, metricLabel } from '../../lib/run-metrics.ts'
import { AXES, type Axis, type Choices, metricsOf, readChoices } from './choices.ts'
import { useComparison } from './comparing.ts'
import { toCsv, toJson } from './export.ts'
import { SummaryTable } from './summary-table.ts'

/** Two to six runs on one axis, and what they came to. Everything that is chosen is in the address. */
export default function ComparePage({ query }: PageProps) {
  const list = useQuery(readRuns, [])
  const runs = list.data ?? NONE
  const known = useMemo(() => new Map(runs.map((run) => [run.run_id, run])), [runs])
  const choices = readChoices(query, known)
  const { ids, against } = choices
  const { data, late, error, verdicts, unjudged, connection, refresh } = useComparison(choices)
  const [picking, setPicking] = useState(false)
  const Picker = useLater(loadPicker, picking)
  const chosen = ids.map((id) => known.get(id)).filter((run) => run !== undefined)

  const pick = () => {
    list.refresh()
    setPicking(true)
  }
  const take = (next: readonly string[]) => setQuery({ ids: next.join(',') || null }, { replace: false })
  const remove = (id: string) => take(ids.filter((each) => each !== id))
  const enough = ids.length >= FEWEST_COMPARED
  const actions = html`
    ${enough && html`<${Button} icon="plus" onClick=${pick}>Choose runs<//>`}
    ${
      enough &&
      html`<${Download} name="comparison.csv" type="text/csv" read=${data && (() => toCsv(data))} label="Download the curves as CSV">CSV<//>
    <${Download} name="comparison.json" type="application/json" read=${data && (() => toJson(data))} label="Download the comparison as JSON">JSON<//>`
    }`

  return html`<${Page} class="compare" title="Compare runs" back=${BACK} meta=${ids.length > 0 ? formatNumber(ids.length, 'run') : 'None chosen yet'} actions=${actions}>
    ${data && error && html`<p class="notice" role="status">The comparison ${whyOld(error)}</p>`}
    ${data && !error && unjudged && html`<p class="notice" role="status">Not every verdict is known: ${unjudged.message}</p>`}
    ${data && !error && connection?.status === 'offline' && html`<p class="notice" role="status">What is shown may be out of date: ${whySilent(connection)}.</p>`}
    ${content()}
    ${
      Picker &&
      html`<${Picker} open=${picking} runs=${runs} ids=${ids} onClose=${() => setPicking(false)}
      onPick=${(next: string[]) => {
        setPicking(false)
        take(next)
      }} />`
    }
  <//>`

  function content() {
    if (!enough) return html`<${TooFew} ids=${ids} onPick=${pick} />`
    if (!data) {
      if (!error)
        return html`<div class="stack" aria-busy="true"><${Skeleton} height="32rem" /><${Skeleton} height="16rem" /></div>`
      const gone = list.data ? ids.filter((id) => !known.has(id)) : []
      if (error.kind === 'not_found' && gone.length > 0) {
        return html`<${Gone} ids=${gone} onLeaveOut=${() => take(ids.filter((id) => known.has(id)))} />`
      }
      return html`<${ErrorState} error=${error} onRetry=${refresh} />`
    }
    return html`
      <${Curves} comparison=${data} choices=${choices} runs=${chosen} late=${late} />
      <${SummaryTable} comparison=${data} against=${against} verdicts=${verdicts} onRemove=${ids.length > FEWEST_COMPARED ? remove : null} />`
  }
}

const loadPicker = () => import('./picker.ts').then(({ Picker }) => Picker)

const NONE: readonly Run[] = []
const BACK = { href: '/runs', label: 'Runs' }

function Curves({
  comparison,
  choices,
  runs,
  late,
}: {
  comparison: Comparison
  choices: Choices
  runs: readonly Run[]
  late: boolean
}) {
  const { axis, metric } = comparison
  const series = useMemo(
    () => comparison.runs.map(({ run_id, y }) => ({ name: run_id, values: y })),
    [comparison],
  )
  const names = metricsOf(runs, choices)
  const choose = (event: Event) => setQuery({ metric: (event.currentTarget as HTMLSelectElement).value })
  // What suits one axis may be the other one itself.
  const turn = (value: Axis) => setQuery({ axis: value === 'elapsed' ? null : value, metric: null })
  const over = AXES.find(({ value }) => value === axis)?.label.toLowerCase()
  const actions = html`<div class="field metric"><select aria-label="Metric" value=${choices.metric} onChange=${choose}>
      ${names.map((name) => html`<option key=${name} value=${name}>${metricLabel(name)}</option>`)}
    </select></div>
    <${Choice} label="Over" hidden options=${AXES} value=${choices.axis} onChange=${turn} />`
  const title = `${metricLabel(metric)} over ${over}`
  return html`<${Card} class=${late ? 'late' : ''} title=${title} actions=${actions}>
    <${Plot} label=${title} x=${comparison.x} xKind=${axis === 'elapsed' ? 'duration' : 'number'} series=${series}
      format=${metricFormat(metric)} formatY=${metricKind(metric) === 'count' ? formatShort : undefined} lengths=${metricKind(metric) === 'duration'} height="24rem" finals empty=${`None of these runs has reported ${metricLabel(metric).toLowerCase()} over ${over}`} />
  <//>`
}

function TooFew({ ids, onPick }: { ids: readonly string[]; onPick(): void }) {
  const text = ids[0]
    ? `${ids[0]} is one of them: choose what to compare it with.`
    : 'Two to six of them are drawn on one axis, and measured against the one that you choose as baseline.'
  return html`<${Empty} icon="chart" title="Choose the runs to compare" text=${text}>
    <${Button} kind="primary" icon="plus" onClick=${onPick}>Choose runs<//>
  <//>`
}

function Gone({ ids, onLeaveOut }: { ids: readonly string[]; onLeaveOut(): void }) {
  const [one] = ids
  return html`<${Empty} icon="search" title=${ids.length === 1 ? `${one} is not here any more` : `${formatNumber(ids.length, 'run')} are not here any more`}
    text=${`${ids.length === 1 ? '' : `${ids.join(', ')}: `}finished runs are kept for a while only; then the audit log alone has them.`}>
    <${Button} kind="primary" onClick=${onLeaveOut}>${ids.length === 1 ? 'Leave it out' : 'Leave them out'}<//>
    <${Button} href="/runs">All runs<//>
  <//>`
}

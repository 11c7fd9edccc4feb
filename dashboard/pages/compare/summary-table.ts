import { StatusBadge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Swatch } from '../../components/plot-legend.ts'
import { formatDifference, formatRatio, Verdict } from '../../components/verdict.ts'
import type { Baseline, BaselineCheck, ComparedRun, Comparison } from '../../lib/api.ts'
import { formatBytes, formatCount, formatDuration } from '../../lib/format.ts'
import { classes, html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import { clientPair } from '../../lib/run-meta.ts'

type Figure = {
  title: string
  /** The check that judges it. */
  check?: string
  read(run: ComparedRun): number | null
  format(value: number): string
}

const FIGURES: readonly Figure[] = [
  {
    title: 'Duration',
    check: 'duration',
    read: ({ summary }) => summary.duration_ms,
    format: formatDuration,
  },
  { title: 'Last block', read: ({ summary }) => summary.final_block, format: formatCount },
  { title: 'Disk', check: 'disk', read: ({ summary }) => summary.disk_usage, format: formatBytes },
  {
    title: 'Peak memory',
    check: 'memory',
    read: ({ summary }) => summary.peak_memory_usage,
    format: formatBytes,
  },
]

/** What the runs came to, each beside the baseline, which is chosen here. */
export function SummaryTable({
  comparison,
  against,
  verdicts,
  onRemove,
}: {
  comparison: Comparison
  against: string | null
  verdicts: ReadonlyMap<string, Baseline>
  /** Null when there are too few to take one away. */
  onRemove: ((id: string) => void) | null
}) {
  const rows = comparison.runs.map((run, i) => {
    const { run_id, status } = run
    const verdict = verdicts.get(run_id)
    const judged = verdict?.against === against ? verdict : undefined
    const choose = () => setQuery({ against: run_id })
    return html`<tr key=${run_id} role="row" class=${classes(run_id === against && 'base')}>
      <th role="rowheader" scope="row" class="who">
        <span class="title"><${Swatch} index=${i} /><a href=${`/runs/${encodeURIComponent(run_id)}`} title=${run_id}>${run_id}</a></span>
        <span class="about"><${StatusBadge} status=${status} /><span class="muted small">${[run.network, clientPair(run)].filter(Boolean).join(' · ')}</span></span>
      </th>
      ${FIGURES.map((figure) => html`<td key=${figure.title} role="cell" class="numeric figure-cell" data-label=${figure.title}><${FigureOf} figure=${figure} run=${run} baseline=${judged} /></td>`)}
      <td role="cell" class="judged">${judged ? html`<${Verdict} verdict=${judged.verdict} />` : html`<span class="muted">–</span>`}</td>
      <td role="cell" class="choose"><label title=${`Measure the others against ${run_id}`}><input type="radio" name="against" checked=${run_id === against} onChange=${choose} aria-label=${`${run_id} is the baseline`} /><span>Baseline</span></label></td>
      <td role="cell" class="remove">${onRemove && html`<${Button} kind="quiet" size="small" icon="close" label=${`Leave out ${run_id}`} onClick=${() => onRemove(run_id)} />`}</td>
    </tr>`
  })
  return html`<${Card} flush class="summary" title="Summary" note="Ratios and differences are against the run that is chosen as baseline">
    <div class="table-scroll wide" role="region" aria-label="Table of results" tabindex="0"><table class="table" role="table">
      <caption class="hidden">What the runs came to</caption>
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Run</th>${FIGURES.map(({ title }) => html`<th key=${title} role="columnheader" scope="col" class="numeric">${title}</th>`)}<th role="columnheader" scope="col" class="judged">Verdict</th><th role="columnheader" scope="col" class="choose">Baseline</th><th role="columnheader" scope="col" class="remove"><span class="hidden">Leave out</span></th></tr></thead>
      <tbody role="rowgroup">${rows}</tbody>
    </table></div>
  <//>`
}

/** A figure, and below it how it differs from the baseline's. */
function FigureOf({
  figure,
  run,
  baseline,
}: {
  figure: Figure
  run: ComparedRun
  baseline: Baseline | undefined
}) {
  const { check, read, format } = figure
  const value = read(run)
  const judged = baseline?.checks.find(({ name }) => name === check)
  return html`<span class="line">${value === null ? html`<span class="muted">–</span>` : format(value)}</span>
    <span class="line difference" data-verdict=${judged?.verdict}>${judged && difference(judged, format)}</span>`
}

function difference({ ratio, difference, limit, verdict }: BaselineCheck, format: (value: number) => string) {
  const over =
    verdict === 'fail' && html`<span class="hidden"> over the limit of ${formatRatio(limit)}</span>`
  return html`<span title=${`Limit ${formatRatio(limit)}`}>${formatRatio(ratio)} <span class="amount">${formatDifference(difference, format)}</span>${over}</span>`
}

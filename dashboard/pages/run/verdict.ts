import { useRef } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { formatDifference, formatRatio, Verdict } from '../../components/verdict.ts'
import type { Baseline, Run, SyncKairosError } from '../../lib/api.ts'
import type { Via } from '../../lib/background.ts'
import { formatBytes, formatDuration } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { useQuery } from '../../lib/query.ts'
import { compareHref, isBaseline, namedBaseline } from '../../lib/run-meta.ts'

/** While it runs the verdict may change, but slowly. */
const AGAIN_MS = 30_000
const NAMES = { duration: 'Duration', disk: 'Disk', memory: 'Peak memory' } as Record<string, string>

export type Judged = {
  /** Whether it is known if there is a baseline. */
  settled: boolean
  /** The run that is asked about by name. */
  asked: string | null
  baseline: Baseline | null
  error: SyncKairosError | undefined
}

/**
 * How a run stands against its baseline: the one asked for, else the one that its label names, else the newest one of the
 * same clients on the same network that is marked as a baseline.
 */
export function useBaseline({ run, against }: { run: Run; against: string | null }): Judged {
  const { run_id, is_complete } = run
  const asked = against ?? namedBaseline(run)
  const { data, error } = useQuery(
    async (signal, via) => {
      const other = asked ?? (await findMarked(run, signal, via))
      if (other === null) return null
      if (asked === null) await via.turn(signal)
      return via.client.runs.baseline(run_id, { against: other }, { signal })
    },
    [run_id, asked, is_complete],
    is_complete ? {} : { interval_ms: AGAIN_MS },
  )
  // An end is judged anew; until then what was said before stands.
  const last = useRef<Baseline | null | undefined>(undefined)
  if (data !== undefined) last.current = data
  const settled = last.current !== undefined || error !== undefined
  return { settled, asked, baseline: last.current ?? null, error }
}

async function findMarked(run: Run, signal: AbortSignal, { client }: Via): Promise<string | null> {
  if (isBaseline(run)) return null
  const { network, el_client, cl_client } = run
  const { tests } = await client.runs.list({ label: 'baseline=true', network, client: el_client }, { signal })
  const like = tests.filter((each) => each.cl_client === cl_client && each.run_id !== run.run_id)
  return (like.find(({ status }) => status === 'finished') ?? like[0])?.run_id ?? null
}

/** The verdict, and what it is made of; nothing without a baseline. */
export function BaselineCard({ judged, run }: { judged: Judged; run: Run }) {
  const { asked, baseline, error } = judged
  if (!baseline) {
    if (!error || asked === null) return null
    const text =
      error.kind === 'not_found'
        ? 'Its baseline is not there any more: finished runs are kept for a while only.'
        : error.message
    return html`<${Card} title=${`Against ${asked}`}><p class="muted">${text}</p><//>`
  }
  const { against, verdict, checks } = baseline
  const actions = html`<${Button} size="small" icon="chart" href=${compareHref([run.run_id, against], { against })}>Compare<//>`
  const title = html`Against <a href=${`/runs/${encodeURIComponent(against)}`}>${against}</a> <${Verdict} verdict=${verdict} />`
  return html`<${Card} flush class="baseline" title=${title} note=${noteOn(baseline, run)} actions=${actions}><${Checks} checks=${checks} complete=${run.is_complete} /><//>`
}

/** What the checks below do not say of the verdict. */
function noteOn({ verdict, checks }: Baseline, { status }: Run): string | undefined {
  if (verdict === 'pending') return 'It passes when it ends well and within the limits'
  if (status === 'failed' && !checks.some((check) => check.verdict === 'fail')) {
    return 'It kept within the limits, but it failed'
  }
  return undefined
}

function Checks({ checks, complete }: { checks: Baseline['checks']; complete: boolean }) {
  const rows = checks.map(({ name, value, baseline, difference, ratio, limit, verdict }) => {
    const format = name === 'duration' ? formatDuration : formatBytes
    const tell = (amount: number | null) => (amount === null ? '–' : format(amount))
    return html`<tr key=${name}>
      <th scope="row">${NAMES[name] ?? name}</th>
      <td class="numeric">${tell(value)}</td>
      <td class="numeric minor">${tell(baseline)}</td>
      <td class="numeric minor">${formatDifference(difference, format)}</td>
      <td class="numeric">${formatRatio(ratio)}</td>
      <td class="numeric minor">${formatRatio(limit)}</td>
      <td><${Verdict} verdict=${verdict} /></td>
    </tr>`
  })
  return html`<div class="table-scroll compact" role="region" aria-label="Checks" tabindex="0"><table class="table">
    <caption class="hidden">Checks against the baseline</caption>
    <thead><tr><th scope="col">Check</th><th scope="col" class="numeric">${complete ? 'This run' : 'So far'}</th><th scope="col" class="numeric minor">Baseline</th><th scope="col" class="numeric minor">Difference</th><th scope="col" class="numeric">Ratio</th><th scope="col" class="numeric minor">Limit</th><th scope="col">Verdict</th></tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`
}

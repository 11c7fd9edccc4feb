import type { Baseline, Comparison } from '../../sdk/index.ts'
import { formatDuration } from './duration.ts'
import { EXIT, usage } from './failure.ts'
import { formatBytes } from './format.ts'
import { ask } from './http.ts'
import type { ServerOptions } from './options.ts'
import { note, writeJson, writeLine, writeTable } from './output.ts'
import { formatMetric } from './runs.ts'

export type CompareOptions = ServerOptions & {
  axis: 'elapsed' | 'block' | 'slot'
  metric?: string
  points: number
  against?: string
  maxRatio?: number
  check?: string[]
  json?: boolean
}

/** Curves of several runs, or with --against the verdict on one, which is the exit code. */
export async function compareRuns(run_ids: string[], options: CompareOptions): Promise<number> {
  if (options.against !== undefined) return judge(run_ids, options.against, options)
  if (run_ids.length < 2) throw usage('compare takes two runs or more, or one and --against')
  const { json, axis, metric, points } = options
  const found = await ask(options, ({ runs }) => runs.compare({ ids: run_ids, axis, metric, points }))
  if (json) writeJson(found)
  else show(found)
  return EXIT.ok
}

function show({ axis, metric, x, runs }: Comparison) {
  writeTable(
    ['RUN', 'EL', 'CL', 'STATUS', 'TIME', 'BLOCK', 'SLOT', 'DISK', 'PEAK MEMORY'],
    runs.map(({ run_id, el_client, cl_client, status, summary }) => [
      run_id,
      el_client,
      cl_client,
      status,
      formatDuration(summary.duration_ms),
      summary.final_block,
      summary.final_slot,
      bytes(summary.disk_usage),
      bytes(summary.peak_memory_usage),
    ]),
  )
  writeLine(`\n${metric} by ${axis}`)
  const rows = x.map((place, i) => [
    formatMetric(axis, place),
    ...runs.map(({ y }) => formatMetric(metric, y[i] ?? null)),
  ])
  writeTable([axis, ...runs.map(({ run_id }) => run_id)], rows)
}

async function judge(
  run_ids: string[],
  against: string,
  { maxRatio, check, json, ...options }: CompareOptions,
) {
  const [run_id = '', ...more] = run_ids
  if (more.length > 0) throw usage('--against judges one run at a time')
  const limits = { max_duration_ratio: maxRatio, max_disk_ratio: maxRatio, max_memory_ratio: maxRatio }
  const found = await ask(options, ({ runs }) =>
    runs.baseline(run_id, { against, checks: check?.join(','), ...limits }),
  )
  if (json) writeJson(found)
  else {
    const format = (name: string, value: number | null) =>
      value === null ? '-' : name === 'duration' ? formatDuration(value) : formatBytes(value)
    writeTable(
      ['CHECK', 'RUN', 'BASELINE', 'RATIO', 'LIMIT', 'VERDICT'],
      found.checks.map(({ name, value, baseline, ratio, limit, verdict }) => {
        const times = ratio === null ? '-' : ratio.toFixed(3)
        return [name, format(name, value), format(name, baseline), times, limit, verdict]
      }),
    )
    writeLine(found.verdict)
    if (found.verdict === 'unknown') note(explain(found))
  }
  return found.verdict === 'pass' ? EXIT.ok : EXIT.failed
}

function explain({ checks, against }: Baseline): string {
  const unknown = checks.filter(({ verdict }) => verdict === 'unknown')
  // What is known of both and yet not judged has no baseline.
  if (unknown.some(({ difference }) => difference !== null)) {
    return `${against} has not succeeded, so it proves nothing`
  }
  const missing = unknown.map(({ name }) => name)
  return `not reported alike by both: ${missing.join(', ')}; --check chooses what counts`
}

const bytes = (value: number | null) => (value === null ? '-' : formatBytes(value))

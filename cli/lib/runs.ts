import type { Run } from '../../sdk/index.ts'
import { formatDuration } from './duration.ts'
import { formatBytes, formatInstant, formatPercent } from './format.ts'

export const RUN_HEAD = [
  'RUN',
  'NETWORK',
  'EL',
  'CL',
  'STATUS',
  'STARTED',
  'TIME',
  'BLOCK',
  'SLOT',
  'EL%',
  'CL%',
]

export function runRow(run: Run): unknown[] {
  const metrics = run.current_metrics ?? {}
  return [
    run.run_id,
    run.network,
    run.el_client,
    run.cl_client,
    run.status,
    formatInstant(run.start_time),
    formatDuration(elapsedOf(run)),
    run.final_block ?? metrics.block,
    run.final_slot ?? metrics.slot,
    percent(metrics.exec_sync_percent),
    percent(metrics.cons_sync_percent),
  ]
}

/** From the start to the end, or to the last word of it. */
export function elapsedOf({ start_time, end_time, last_update }: Run): number {
  return Date.parse(end_time ?? last_update) - Date.parse(start_time)
}

export function runFields(run: Run): [name: string, value: unknown][] {
  const metrics = Object.entries(run.current_metrics ?? {})
  return [
    ['run_id', run.run_id],
    ['status', run.status],
    ['error', run.error],
    ['network', run.network],
    [
      'labels',
      Object.entries(run.labels)
        .map((pair) => pair.join('='))
        .join(' '),
    ],
    ['el_client', [run.el_client, run.el_client_config.image].filter(Boolean).join(' ')],
    ['cl_client', [run.cl_client, run.cl_client_config.image].filter(Boolean).join(' ')],
    ['enclave_name', run.enclave_name],
    ['started', formatInstant(run.start_time)],
    ['last update', formatInstant(run.last_update)],
    ['ended', run.end_time === null ? null : formatInstant(run.end_time)],
    ['time', formatDuration(elapsedOf(run))],
    ['final_block', run.final_block],
    ['final_slot', run.final_slot],
    ...metrics.map(([name, value]): [string, unknown] => [name, formatMetric(name, value)]),
  ]
}

export function formatMetric(name: string, value: unknown): string {
  if (typeof value !== 'number') return value === null || value === undefined ? '-' : String(value)
  if (/_(disk|memory)_usage$|_block_io_/.test(name)) return formatBytes(value)
  if (name.endsWith('_percent')) return formatPercent(value)
  if (name === 'elapsed' || name.endsWith('_ms')) return formatDuration(value)
  return String(Math.round(value * 100) / 100)
}

const percent = (value: unknown) => (typeof value === 'number' ? formatPercent(value) : undefined)

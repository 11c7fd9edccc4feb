import { MetricsSchema, type RunDetail } from '../../schemas/run.ts'

/**
 * A history as CSV (RFC 4180): timestamp, received_at, and a column for each metric that was reported.
 *
 * Spreadsheets run a cell that begins like a formula, and texts come from whoever reports: such texts get an apostrophe.
 */
export function toCsv(points: RunDetail['progress_history']): string {
  const reported = new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))
  const known = Object.keys(MetricsSchema.properties).filter((name) => reported.delete(name))
  const columns = [...known, ...[...reported].sort()]
  const rows = points.map(({ timestamp, received_at, metrics }) => [
    timestamp,
    received_at,
    ...columns.map((name) => (metrics as Record<string, string | number | undefined>)[name]),
  ])
  return [['timestamp', 'received_at', ...columns], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('')
}

function cell(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

import type { Comparison } from '../../lib/api.ts'

/** The curves as CSV (RFC 4180): the places on the axis, and a column for each run. */
export function toCsv({ axis, x, runs }: Comparison): string {
  const head = [axis, ...runs.map(({ run_id }) => harmless(run_id))]
  const rows = x.map((place, i) => [place, ...runs.map(({ y }) => y[i] ?? '')])
  return [head, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Spreadsheets run what begins like a formula; nothing else in a run_id needs care. */
const harmless = (id: string): string => (id.startsWith('-') ? `'${id}` : id)

export const toJson = (comparison: Comparison): string => JSON.stringify({ data: comparison }, null, 2)

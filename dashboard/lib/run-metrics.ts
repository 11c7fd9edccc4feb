import { formatBytes, formatCount, formatDuration, formatPercent } from './format.ts'

type Kind = 'count' | 'number' | 'bytes' | 'percent' | 'duration' | 'text'

/** Those that mean the same to every reporter, in the order in which they are shown. */
const KNOWN = new Map<string, [label: string, kind: Kind]>(
  Object.entries({
    block: ['Block', 'count'],
    slot: ['Slot', 'count'],
    exec_sync_percent: ['Execution synced', 'percent'],
    cons_sync_percent: ['Consensus synced', 'percent'],
    exec_peers: ['Execution peers', 'count'],
    cons_peers: ['Consensus peers', 'count'],
    exec_disk_usage: ['Execution disk', 'bytes'],
    cons_disk_usage: ['Consensus disk', 'bytes'],
    exec_memory_usage: ['Execution memory', 'bytes'],
    cons_memory_usage: ['Consensus memory', 'bytes'],
    exec_cpu_usage_percent: ['Execution CPU', 'percent'],
    cons_cpu_usage_percent: ['Consensus CPU', 'percent'],
    exec_block_io_read: ['Execution read', 'bytes'],
    cons_block_io_read: ['Consensus read', 'bytes'],
    exec_block_io_write: ['Execution written', 'bytes'],
    cons_block_io_write: ['Consensus written', 'bytes'],
    exec_version: ['Execution version', 'text'],
    cons_version: ['Consensus version', 'text'],
    elapsed: ['Time since start', 'duration'],
  }),
)

const ORDER = [...KNOWN.keys()]

/** What is measured; names of a reporter's own tell by their endings. */
export function metricKind(name: string): Kind {
  const known = KNOWN.get(name)
  if (known) return known[1]
  if (/(^|_)bytes$/.test(name)) return 'bytes'
  if (/(^|_)percent$/.test(name)) return 'percent'
  return /_ms$/.test(name) ? 'duration' : 'number'
}

const FORMATS: Record<Exclude<Kind, 'text'>, (value: number) => string> = {
  // What lies between two counts, in a curve, is no count.
  count: (value) => formatCount(Math.round(value)),
  number: (value) => (Math.abs(value) < 1 ? String(Number(value.toPrecision(3))) : formatCount(value)),
  bytes: formatBytes,
  percent: formatPercent,
  duration: formatDuration,
}

export const isKnownMetric = (name: string): boolean => KNOWN.has(name)

/** What people call it; names of a reporter's own stay as they are. */
export const metricLabel = (name: string): string => KNOWN.get(name)?.[0] ?? name

/** A function that tells a value of this metric with its unit. Always the same one for the same kind. */
export function metricFormat(name: string): (value: number) => string {
  const kind = metricKind(name)
  return kind === 'text' ? String : FORMATS[kind]
}

/** A value as it is shown; what was not reported is a dash. */
export function formatMetric(name: string, value: unknown): string {
  if (typeof value === 'number') return metricFormat(name)(value)
  return typeof value === 'string' && value !== '' ? value : '–'
}

/** Names in the order in which they are shown: the known ones, then the others by name. */
export function orderMetrics(names: Iterable<string>): string[] {
  const place = (name: string) => (isKnownMetric(name) ? ORDER.indexOf(name) : ORDER.length)
  return [...new Set(names)].sort(
    (a, b) => place(a) - place(b) || a.localeCompare(b, 'en', { numeric: true }),
  )
}

const COUNTS = [
  'block',
  'slot',
  'exec_peers',
  'cons_peers',
  'exec_disk_usage',
  'cons_disk_usage',
  'exec_memory_usage',
  'cons_memory_usage',
  'exec_block_io_read',
  'cons_block_io_read',
  'exec_block_io_write',
  'cons_block_io_write',
] as const

const PERCENTS = [
  'exec_sync_percent',
  'cons_sync_percent',
  'exec_cpu_usage_percent',
  'cons_cpu_usage_percent',
] as const

const TEXTS = ['exec_version', 'cons_version'] as const

/**
 * What readers of every age format without asking whether it is there. Sizes are not among them: a baseline would take
 * a zero for a measurement.
 */
const REQUIRED = [
  'block',
  'slot',
  'exec_peers',
  'cons_peers',
  'exec_sync_percent',
  'cons_sync_percent',
] as const

export type CountName = (typeof COUNTS)[number]
export type PercentName = (typeof PERCENTS)[number]
export type TextName = (typeof TEXTS)[number]
export type MetricName = CountName | PercentName | TextName

/**
 * Counts and bytes are whole numbers, percents may have fractions; a server keeps up to 32 other numbers beside them,
 * under names of its reporter's choice. What is absent stays as it was last reported.
 */
export type Metrics = { [N in CountName | PercentName]?: number | undefined } & {
  [N in TextName]?: string | undefined
} & { [other: string]: number | string | undefined }

export type ReportedMetrics = Metrics & Record<(typeof REQUIRED)[number], number>

/** The names that mean the same to everybody. */
export const METRIC_NAMES: ReadonlySet<string> = new Set<MetricName>([...COUNTS, ...PERCENTS, ...TEXTS])

const LONGEST_TEXT = 256
const OTHER_LIMIT = 32
const OTHER_NAME = /^[A-Za-z][\w.:/-]{0,63}$/

/** The metrics before anything was measured. */
export function noMetrics(): ReportedMetrics {
  return Object.fromEntries(REQUIRED.map((name) => [name, 0])) as unknown as ReportedMetrics
}

/**
 * `before` with what is usable in `update`. A value that a server refuses (negative, NaN, infinite, beyond 2^53 - 1, of
 * the wrong type) is left out, so that one bad reading never costs the report it came with.
 */
export function mergeMetrics(before: ReportedMetrics, update: Metrics): ReportedMetrics {
  const merged: Record<string, unknown> = { ...before }
  const given = (update ?? {}) as Record<string, unknown>
  for (const name of COUNTS) {
    const value = given[name]
    if (isAmount(value)) merged[name] = Math.round(value)
  }
  for (const name of PERCENTS) {
    const value = given[name]
    if (isAmount(value)) merged[name] = value
  }
  for (const name of TEXTS) {
    const value = given[name]
    const text = typeof value === 'string' ? textOf(value) : ''
    if (text !== '') merged[name] = text
  }
  let room = OTHER_LIMIT - Object.keys(before).filter((name) => !METRIC_NAMES.has(name)).length
  for (const [name, value] of Object.entries(given)) {
    if (METRIC_NAMES.has(name) || !OTHER_NAME.test(name) || !isAmount(value)) continue
    if (!Object.hasOwn(before, name) && room-- <= 0) continue
    merged[name] = value
  }
  return merged as unknown as ReportedMetrics
}

/** What databases take, and so do servers; a cut may leave half a character. */
function textOf(value: string): string {
  return value.replaceAll('\0', '').slice(0, LONGEST_TEXT).toWellFormed()
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

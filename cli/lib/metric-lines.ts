import { METRIC_NAMES, type Metrics } from '../../sdk/reporter.ts'

/** A longer line is no progress report, and is not kept in memory. */
const LONGEST_LINE = 64 * 1024

/**
 * Finds metrics in the output of a job, fed in chunks of any size: lines that are a JSON object (its own fields, or
 * those of its `metrics`), and `key=value` pairs anywhere in other lines, with keys renamed by `names`. Numbers count under
 * any key, text only for a version; all else is ignored. The last line may come without its end: end() takes it.
 */
export function createMetricReader(names: Record<string, string>, onMetrics: (metrics: Metrics) => void) {
  const decoder = new TextDecoder()
  let line = ''
  let skipping = false
  return {
    feed: (chunk: Uint8Array) => read(decoder.decode(chunk, { stream: true })),
    end: () => read(`${decoder.decode()}\n`),
  }

  function read(text: string) {
    const parts = text.split(/[\r\n]+/)
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        if (!skipping) take(line)
        line = ''
        skipping = false
      }
      if (!skipping) line += part
      if (line.length > LONGEST_LINE) {
        skipping = true
        line = ''
      }
    }
  }

  function take(text: string) {
    const metrics: Record<string, number | string> = {}
    for (const [key, value] of text.trimStart().startsWith('{') ? jsonFields(text) : pairs(text)) {
      const name = Object.hasOwn(names, key) ? (names[key] as string) : key
      if (isNumber(value)) metrics[name] = Number(value)
      else if (/_version$/.test(name) && METRIC_NAMES.has(name)) metrics[name] = String(value)
    }
    if (Object.keys(metrics).length > 0) onMetrics(metrics as Metrics)
  }
}

function pairs(text: string): [string, unknown][] {
  const found = text.matchAll(/(?<![\w.])([A-Za-z_][\w.]*)=("([^"]*)"|[^\s,;"]+)/g)
  return [...found].map(([, key = '', value, quoted]) => [key, quoted ?? value])
}

function jsonFields(text: string): [string, unknown][] {
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    const inner = value.metrics
    return Object.entries(typeof inner === 'object' && inner !== null ? { ...value, ...inner } : value)
  } catch {
    return []
  }
}

/** Digits, with a fraction or without. What is negative no server takes. */
function isNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
}

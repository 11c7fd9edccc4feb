import type { Point } from '../../engine/run/state.ts'

/**
 * Points as a table, a third of the size of the objects: each row is [at, received_at, a value for each column], null
 * for what was not reported; texts are numbered, for they hardly ever change.
 */
export type Packed = { columns: string[]; texts: string[]; rows: (number | null)[][] }

/** Which of the metrics are text; all others are numbers. */
export const TEXT_METRICS: ReadonlySet<string> = new Set(['exec_version', 'cons_version'])

export function pack(points: readonly Point[]): Packed {
  const columns = [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))]
  const texts = new Map<string, number>()
  const cell = (value: number | string | undefined): number | null => {
    if (typeof value !== 'string') return value ?? null
    const index = texts.get(value) ?? texts.size
    texts.set(value, index)
    return index
  }
  const rows = points.map(({ at, received_at, metrics }) => [
    at,
    received_at,
    ...columns.map((name) => cell(metrics[name])),
  ])
  return { columns, rows, texts: [...texts.keys()] }
}

export function unpack({ columns, texts, rows }: Packed): Point[] {
  return rows.map(([at, received_at, ...values]) => {
    const metrics: Record<string, number | string> = {}
    for (const [i, name] of columns.entries()) {
      const value = values[i] ?? null
      if (value !== null) metrics[name] = TEXT_METRICS.has(name) ? (texts[value] as string) : value
    }
    return { at: at as number, received_at: received_at as number, metrics }
  })
}

import type { Run } from '../../lib/api.ts'
import { isBaseline, MOST_COMPARED, namedBaseline } from '../../lib/run-meta.ts'
import { orderMetrics } from '../../lib/run-metrics.ts'

export type Axis = 'elapsed' | 'block' | 'slot'

export const AXES: readonly { value: Axis; label: string }[] = [
  { value: 'elapsed', label: 'Duration' },
  { value: 'block', label: 'Block' },
  { value: 'slot', label: 'Slot' },
]

/** What is compared, as the address has it. `against` is one of `ids`, or null. */
export type Choices = { ids: string[]; axis: Axis; metric: string; against: string | null }

/** What an address asks for; `known`: of the runs, as far as they have been read, which says what is a baseline. */
export function readChoices(
  query: URLSearchParams,
  known: ReadonlyMap<string, Pick<Run, 'labels'>>,
): Choices {
  const named = (query.get('ids') ?? '').split(',').map((id) => id.trim())
  const ids = [...new Set(named.filter((id) => id !== ''))].slice(0, MOST_COMPARED)
  const axis = AXES.find(({ value }) => value === query.get('axis'))?.value ?? 'elapsed'
  const asked = query.get('metric')
  const metric = asked && asked !== axis ? asked : axis === 'elapsed' ? 'block' : 'elapsed'
  return { ids, axis, metric, against: baselineOf(query.get('against'), ids, known) }
}

/** The one asked for, else the one that is marked or that another one names, else the first. */
function baselineOf(
  asked: string | null,
  ids: readonly string[],
  known: ReadonlyMap<string, Pick<Run, 'labels'>>,
): string | null {
  if (asked !== null && ids.includes(asked)) return asked
  const runs = ids.map((id) => known.get(id)).filter((run) => run !== undefined)
  const marked = ids.find((id) => isBaseline(known.get(id) ?? { labels: {} }))
  const named = runs.map(namedBaseline).find((id) => id !== null && ids.includes(id))
  return marked ?? named ?? ids[0] ?? null
}

/** Metrics that at least one of the runs has, and that are not what the axis is. */
export function metricsOf(runs: readonly Run[], { axis, metric }: Choices): string[] {
  const numbers = runs.flatMap(({ current_metrics }) =>
    Object.entries(current_metrics ?? {}).flatMap(([name, value]) =>
      typeof value === 'number' ? [name] : [],
    ),
  )
  return orderMetrics([...numbers, 'elapsed', metric]).filter((name) => name !== axis)
}

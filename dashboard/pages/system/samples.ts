import type { Instance, Instances } from '../../lib/api.ts'

type Figures = Instance['figures']

/** The figures of all instances at one instant (ms since the Unix epoch), by instance id. */
export type Sample = { at: number; figures: ReadonlyMap<string, Figures> }

/** How far back the plots go. */
const KEPT = 300
/** More lines than that cannot be told apart. */
const LINES = 6

/** Adds an answer to what was seen before; the oldest go. */
export function addSample(samples: readonly Sample[], { instances }: Instances, at: number): Sample[] {
  const figures = new Map(instances.map((each) => [each.id, each.figures]))
  return [...samples, { at, figures }].slice(-KEPT)
}

type Field = { [K in keyof Figures]: Figures[K] extends number | null ? K : never }[keyof Figures]

/** How a figure of several instances is told as one: `all` for what each of them knows of the whole deployment. */
export type Together = 'sum' | 'largest' | 'all'

/** A figure of all instances together; null when nobody knows it. */
export function together(figures: Iterable<Figures>, field: Field, how: Together): number | null {
  const known = [...figures].map((each) => each[field]).filter((value) => value !== null)
  if (known.length === 0) return null
  return how === 'sum' ? known.reduce((total, value) => total + value, 0) : Math.max(...known)
}

export type Line = { name: string; values: (number | null)[] }

/** One line for the whole deployment. */
export function lineOf(samples: readonly Sample[], name: string, field: Field, how: Together): Line {
  return { name, values: samples.map(({ figures }) => together(figures.values(), field, how)) }
}

/** A line for each instance that is there now, of the first few; `alone`: its name when there is but one. */
export function linesPerInstance(
  samples: readonly Sample[],
  instances: readonly Instance[],
  field: Field,
  alone: string,
): Line[] {
  return instances.slice(0, LINES).map(({ id }) => ({
    name: instances.length === 1 ? alone : nameOf(instances, id),
    values: samples.map(({ figures }) => figures.get(id)?.[field] ?? null),
  }))
}

/** The host, with the process where several share one. */
export function nameOf(instances: readonly Instance[], id: string): string {
  const instance = instances.find((each) => each.id === id)
  if (!instance) return id.slice(0, 8)
  const { host, pid } = instance
  const alone = instances.filter((each) => each.host === host).length === 1
  return alone ? host : `${host} #${pid}`
}

import { outcomeOf, type SessionHistory } from './history.ts'
import { resyncsIn } from './losses.ts'

/** What a fault did to clients: how often calls were acknowledged, said again, left without an outcome, ... */
export type Effects = {
  acknowledged: number
  retried: number
  /** Attempts that were answered with 503, too late, or not at all. */
  unanswered: number
  /** Connections of watchers on which they were told something, beyond their first. */
  reconnected: number
  /** Sessions that went on above what was lost. */
  resynced: number
}

export type Effect = keyof Effects

const sum = <T>(list: T[], of: (item: T) => number): number =>
  list.reduce((total, item) => total + of(item), 0)

export function effectsOf(histories: SessionHistory[]): Effects {
  const operations = histories.flatMap(({ operations }) => operations)
  // A deletion ends connections too.
  const undisturbed = histories.filter(({ operations }) => operations.every(({ kind }) => kind !== 'delete'))
  const watches = undisturbed.flatMap(({ watches }) => watches)
  return {
    acknowledged: operations.filter((each) => outcomeOf(each) === 'acknowledged').length,
    retried: sum(operations, ({ answers }) => answers.length - 1),
    unanswered: sum(
      operations,
      ({ answers }) => answers.filter(({ outcome }) => outcome === 'unknown').length,
    ),
    reconnected: sum(watches, ({ messages }) =>
      Math.max(0, new Set(messages.map(({ connection }) => connection)).size - 1),
    ),
    resynced: sum(histories, resyncsIn),
  }
}

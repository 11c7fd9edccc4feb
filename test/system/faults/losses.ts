import type { HistoryEvent } from '../../../schemas/history.ts'
import type { Violation } from './checker.ts'
import { type Answer, contentOf, fingerprint, type SessionHistory } from './history.ts'

/** What a store has lost of a session: the acknowledgements of changes that are there no more. */
export type Loss = { version: number; answered_at: number }

const RESYNCED = 'session.resynced'

/** How often the session went on above what was lost. */
export const resyncsIn = ({ log }: SessionHistory): number =>
  log.filter(({ type }) => type === RESYNCED).length

/** What a resync tells anew is the state of an earlier version: everything in between is lost. */
export function lossesIn(history: SessionHistory): Loss[] {
  const acknowledged = history.operations.flatMap(({ answers }) => {
    const answer = answers.find(({ outcome, version }) => outcome === 'acknowledged' && version !== null)
    return answer ? [answer as Answer & { version: number }] : []
  })
  const lost = new Map<number, Loss>()
  for (const event of history.log) {
    if (event.type !== RESYNCED) continue
    const base = baseOf(event, history.log, acknowledged)
    for (const { version, answered_at } of acknowledged) {
      if (version > base && version < event.version) lost.set(version, { version, answered_at })
    }
  }
  for (const same of Map.groupBy(acknowledged, ({ version }) => version).values()) {
    // The store began anew, with what may look the same; or a deletion is gone, and who created it again found it there.
    const [{ version, answered_at } = same[0] as Loss, ...others] = same.toSorted(
      (a, b) => a.answered_at - b.answered_at,
    )
    if (others.length > 0)
      lost.set(version, { version, answered_at: deletedAfter(history, answered_at) ?? answered_at })
  }
  const states = new Map(
    history.log.flatMap(({ version, state }) => (state ? [[version, fingerprint(state)]] : [])),
  )
  for (const { version, answered_at, state } of acknowledged) {
    // Nobody noticed in time: another change has its version.
    if (states.get(version) !== state) lost.set(version, { version, answered_at })
  }
  return [...lost.values()]
}

/** When a deletion was acknowledged after this instant, if there was one. */
function deletedAfter({ operations }: SessionHistory, at: number): number | undefined {
  const deletions = operations.filter(({ kind }) => kind === 'delete').flatMap(({ answers }) => answers)
  return deletions.find(({ outcome, answered_at }) => outcome === 'acknowledged' && answered_at > at)
    ?.answered_at
}

/** The version whose state the resync tells anew. */
function baseOf(
  { version: resynced, state }: HistoryEvent,
  log: HistoryEvent[],
  acknowledged: (Answer & { version: number })[],
): number {
  const content = state && contentOf(state)
  const same = [
    ...log.flatMap((each) => (each.state && contentOf(each.state) === content ? each.version : [])),
    ...acknowledged.flatMap((each) => (each.content === content ? each.version : [])),
  ]
  return Math.max(0, ...same.filter((version) => version < resynced))
}

/** Before `since` (ms since the Unix epoch) the store kept everything. */
export const checkLosses = (history: SessionHistory, since: number): Violation[] =>
  lossesIn(history)
    .filter(({ answered_at }) => answered_at < since)
    .map(({ version, answered_at }) => {
      const message = `${version} is lost, which was acknowledged ${since - answered_at} ms before anything could be`
      return { rule: 'lost', version, message }
    })

import { checkDeadlines, checkInstants, checkTime } from './clocks.ts'
import { fingerprint, type Kind, type Operation, outcomeOf, type SessionHistory } from './history.ts'

export type Rule =
  /** Each acknowledged change has a version of its own, which is in the audit log. */
  | 'acknowledged'
  /** What was not acknowledged may have happened, once. */
  | 'unacknowledged'
  /** The audit log holds each version once, 1..n, and ends where the store does. */
  | 'log'
  /** A version means the same to everybody: callers, watchers, audit log, store. */
  | 'content'
  /** What a watcher is told never goes back, and within one connection never repeats. */
  | 'order'
  /** Every watcher ends at the final state. */
  | 'end'
  /** granted + increments = remaining + used - overtime, and what ran is used. */
  | 'time'
  /** Each deadline is kept at its instant, once. */
  | 'deadline'
  /** A read is not older than what was acknowledged before it began. */
  | 'read'
  /** Of a store that may lose changes: nothing is gone that had been acknowledged before it began to. */
  | 'lost'
  /** What cannot be done now is a clear 503, and no other failure of the server's. */
  | 'failure'

export type Violation = { rule: Rule; version: number | null; message: string }

export const EVENT_OF: Record<Kind, string> = {
  create: 'session.created',
  start: 'session.started',
  switch: 'session.switched',
  pause: 'session.paused',
  resume: 'session.resumed',
  complete: 'session.completed',
  delete: 'session.deleted',
}

/** All that is wrong with the history of a session; an empty list is what there should be. */
export function check(history: SessionHistory): Violation[] {
  return [
    ...checkLog(history),
    ...checkAcknowledged(history),
    ...checkUnacknowledged(history),
    ...checkFailures(history),
    ...checkWatches(history),
    ...checkReads(history),
    ...checkTime(history.log),
    ...checkDeadlines(history),
    ...checkInstants(history),
  ]
}

/** The first state that the audit log has of each version. */
function statesOf({ log }: SessionHistory): Map<number, string> {
  return new Map(
    log.toReversed().flatMap(({ version, state }) => (state ? [[version, fingerprint(state)]] : [])),
  )
}

function checkLog({ log, final }: SessionHistory): Violation[] {
  const found: Violation[] = []
  const add = (rule: Rule, version: number | null, message: string) => found.push({ rule, version, message })
  let expected = 1
  for (const { version } of log) {
    if (version !== expected) add('log', version, `the audit log has ${version} where ${expected} should be`)
    expected = version + 1
  }
  const last = log.at(-1)
  // Of one that was deleted the store has nothing.
  const gone = final === null && last?.type === EVENT_OF.delete
  if (last?.version !== final?.version && !gone) {
    add(
      'log',
      final?.version ?? null,
      `the audit log ends at ${last?.version}, the store at ${final?.version}`,
    )
  } else if (last?.state && final && fingerprint(last.state) !== fingerprint(final)) {
    add('content', final.version, 'the audit log ends with another state than the store')
  }
  return found
}

function checkAcknowledged(history: SessionHistory): Violation[] {
  const found: Violation[] = []
  const states = statesOf(history)
  const types = new Map(history.log.map(({ version, type }) => [version, type]))
  const owners = new Map<number, number>()
  for (const [index, operation] of history.operations.entries()) {
    const { kind, answers } = operation
    const acknowledgements = answers.filter(({ outcome }) => outcome === 'acknowledged')
    for (const { version, state } of acknowledgements) {
      const add = (rule: Rule, message: string) => found.push({ rule, version, message })
      if (kind === 'delete') continue
      if (version === null) {
        add('acknowledged', `${kind} was acknowledged without a version`)
        continue
      }
      const owner = owners.get(version) ?? index
      owners.set(version, owner)
      if (owner !== index) add('acknowledged', `two changes were acknowledged as version ${version}`)
      if (version !== acknowledgements[0]?.version) {
        add(
          'acknowledged',
          `one ${kind} was acknowledged as ${acknowledgements[0]?.version} and as ${version}`,
        )
      }
      const { expected } = operation
      if (expected !== undefined && version !== expected + 1)
        add('acknowledged', `${kind} was to follow ${expected} and was acknowledged as ${version}`)
      const type = types.get(version)
      if (type !== EVENT_OF[kind]) {
        add(
          'acknowledged',
          `${kind} was acknowledged as ${version}, which is ${type ?? 'not in the audit log'}`,
        )
      } else if (state !== states.get(version)) {
        add('content', `${kind} was answered with another state than the audit log has`)
      }
    }
  }
  return found
}

function checkUnacknowledged({ operations, log }: SessionHistory): Violation[] {
  return Object.entries(EVENT_OF).flatMap(([kind, type]): Violation[] => {
    const happened = log.filter((event) => event.type === type)
    const possible = operations.filter((each) => each.kind === kind && outcomeOf(each) !== 'refused')
    if (happened.length <= possible.length) return []
    const version = happened.at(-1)?.version ?? null
    const message = `${possible.length} ${kind} may have happened, the audit log has ${happened.length}`
    return [{ rule: 'unacknowledged', version, message }]
  })
}

/** The highest version that was acknowledged before this instant. */
const acknowledgedBefore = (operations: Operation[], at: number): number =>
  Math.max(
    0,
    ...operations.flatMap(({ answers }) =>
      answers.flatMap(({ outcome, version, answered_at }) =>
        outcome === 'acknowledged' && version !== null && answered_at < at ? version : [],
      ),
    ),
  )

function checkReads(history: SessionHistory): Violation[] {
  const { reads, operations, log } = history
  const states = statesOf(history)
  const deleted = log.flatMap(({ type, version }) => (type === EVENT_OF.delete ? version : []))
  return reads.flatMap(({ sent_at, version, state }): Violation[] => {
    const known = acknowledgedBefore(operations, sent_at)
    if (version === null) {
      if (known === 0 || deleted.some((each) => each > known)) return []
      return [
        { rule: 'read', version: known, message: `a read found nothing, after ${known} was acknowledged` },
      ]
    }
    if (version < known)
      return [{ rule: 'read', version, message: `a read found ${version}, after ${known} was acknowledged` }]
    if (states.get(version) === state) return []
    return [{ rule: 'content', version, message: `a read found a ${version} that never was` }]
  })
}

function checkFailures({ operations }: SessionHistory): Violation[] {
  return operations.flatMap(({ kind, answers }) =>
    answers
      .filter(({ told }) => /^5/.test(told) && !told.startsWith('503'))
      .map(({ told }): Violation => ({ rule: 'failure', version: null, message: `${kind} got ${told}` })),
  )
}

function checkWatches(history: SessionHistory): Violation[] {
  const { watches, log, final } = history
  const states = statesOf(history)
  return watches.flatMap(({ name, messages }) => {
    const found: Violation[] = []
    const add = (rule: Rule, version: number, message: string) =>
      found.push({ rule, version, message: `${name}: ${message}` })
    let before: (typeof messages)[number] | undefined
    for (const message of messages) {
      const { connection, version, state } = message
      const again = connection === before?.connection && version === before.version
      if (before && version < before.version) add('order', version, `${version} came after ${before.version}`)
      if (again) add('order', version, `${version} came twice on one connection`)
      if (states.get(version) !== state) add('content', version, `was told of a ${version} that never was`)
      before = message
    }
    const seen = before?.version
    if (final && seen !== final.version) add('end', final.version, `ends at ${seen}, not at ${final.version}`)
    if (!final && log.length === 0 && before) add('end', before.version, 'saw a session that never was')
    return found
  })
}

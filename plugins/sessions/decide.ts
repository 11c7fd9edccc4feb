import { DomainError } from '../../engine/errors.ts'
import { create, isSameRequest } from '../../engine/session/create.ts'
import { changesBetween, type SessionEvent } from '../../engine/session/event.ts'
import type { NewSession, SessionState } from '../../engine/session/state.ts'
import { apply, type Command, remove, resync, settle } from '../../engine/session/transitions.ts'
import type { Event } from '../../schemas/event.ts'
import { isBehind, type Known } from '../store/commit-loop.ts'
import type { StoredRecord, Update } from '../store/state-store.ts'
import { preconditionFailed, sessionAlreadyExists, sessionNotFound } from './errors.ts'

/** What to commit, oldest first; a state of null is a deletion. */
export type Decision = {
  steps: { state: SessionState | null; event: SessionEvent }[]
  /** Why the call itself is refused; the steps are to be committed all the same. */
  refusal?: DomainError
  /** More is due than one commit takes: commit and decide again. */
  unfinished?: boolean
}

/** `state`: what the record holds, null when there is none. */
export type Decide = (known: Known & { state: SessionState | null }) => Decision

/** How many deadlines one commit makes up for. */
const SETTLE_LIMIT = 16

/** The entity tag of a record: it never comes back for another content. */
export const etagOf = ({ epoch, version }: StoredRecord): string => `"${epoch.toString(36)}-${version}"`

/**
 * What was lost and what is due come first, in events of their own: the outcome of a call that comes after a deadline
 * must not depend on whether this instance's timer was a millisecond late.
 */
const afterSettling =
  (ifMatch: string[] | undefined, decide: (state: SessionState, now: number) => Decision['steps']): Decide =>
  ({ record, state: stored, floor, now: clockNow }) => {
    if (!record || !stored) return { steps: [] }
    const now = Math.max(clockNow, stored.updated_at)
    const lost = floor > record.version ? [resync(stored, floor, now)] : []
    const state = lost[0]?.state ?? stored
    const due = [...lost, ...settle(state, now, SETTLE_LIMIT)]
    if (due.length >= SETTLE_LIMIT) return { steps: due, unfinished: true }
    const settled = due.at(-1)?.state ?? state
    try {
      requireMatch({ ...record, version: settled.version }, ifMatch)
      return { steps: [...due, ...decide(settled, now)] }
    } catch (error) {
      if (error instanceof DomainError) return { steps: due, refusal: error }
      throw error
    }
  }

export const decideSettling: Decide = afterSettling(undefined, () => [])

/** What is there, anew above what was `told`, if the store has that no more. */
export const decideHealing =
  (told: Update): Decide =>
  (known) => {
    const { record, floor } = known
    // Of two changes that share a version one is lost, whichever it is.
    return decideSettling(
      record && isBehind(record, told)
        ? { ...known, floor: Math.max(floor, told.version, record.version + 1) }
        : known,
    )
  }

export const decideRemoval = (ifMatch?: string[]): Decide =>
  afterSettling(ifMatch, (state, now) => [{ state: null, event: remove(state, now) }])

export function decideCommand(id: string, command: Command, ifMatch?: string[]): Decide {
  const decide = afterSettling(ifMatch, (state, now) => {
    const step = apply(state, command, now)
    return step ? [step] : []
  })
  return (known) => (known.record ? decide(known) : { steps: [], refusal: sessionNotFound(id) })
}

export const decideCreation =
  (session: NewSession): Decide =>
  ({ record, state: known, floor, now }) => {
    if (!record || !known) {
      const state = create(session, floor + 1, now)
      const { version } = state
      const turn = { participant_id: null, expired_participant_id: null }
      const event = {
        type: 'session.created',
        version,
        at: now,
        ...turn,
        ...changesBetween(null, state),
      } as const
      return { steps: [{ state, event }] }
    }
    return isSameRequest(known, session)
      ? { steps: [] }
      : { steps: [], refusal: sessionAlreadyExists(session.session_id, record.version) }
  }

/** If-Match takes entity tags, and for hand-written calls the bare version in quotes. */
function requireMatch(record: StoredRecord, ifMatch: string[] | undefined): void {
  if (!ifMatch || ifMatch.includes('*')) return
  const etag = etagOf(record)
  if (!ifMatch.includes(etag) && !ifMatch.includes(`"${record.version}"`)) throw preconditionFailed(etag)
}

/** The event as the outbox and the audit log keep it. */
export function toEvent({ type, version, at, ...data }: SessionEvent, id: string, epoch: number): Event {
  return { topic: 'sessions', type, key: id, epoch, version, at, data }
}

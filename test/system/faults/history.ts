import { createHash } from 'node:crypto'
import type { HistoryEvent } from '../../../schemas/history.ts'
import type { Session } from '../../../schemas/session.ts'

export type Kind = 'create' | 'start' | 'switch' | 'pause' | 'resume' | 'complete' | 'delete'

/** `unknown`: a 5xx, a timeout, a broken connection - it may have happened, now or a little later. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

export type Answer = {
  /** Which instance was asked. */
  instance: number
  /** ms since the Unix epoch, by the clock of the clients. */
  sent_at: number
  answered_at: number
  outcome: Outcome
  /** The HTTP status and the code of the error, or what broke. */
  told: string
  /** Of an acknowledgement; that of a deletion says nothing. */
  version: number | null
  /** fingerprint() of what it says. */
  state: string | null
  /** contentOf() it. */
  content: string | null
}

/**
 * One change that a client wants once, and all that it was told about it; without a key it asks but one time. `expected`:
 * the version that it is to follow.
 */
export type Operation = { kind: Kind; keyed: boolean; expected?: number; answers: Answer[] }

/** What a client was told that asked for the session, all of it null for a 404. */
export type Read = { sent_at: number; answered_at: number; version: number | null; state: string | null }

/** A state that a watcher was told, on its `connection`th connection; `at` in ms since the Unix epoch. */
export type Message = { connection: number; version: number; state: string; at: number }

export type Watch = { name: string; messages: Message[] }

/** All that is known of one session from outside. */
export type SessionHistory = {
  id: string
  operations: Operation[]
  reads: Read[]
  watches: Watch[]
  /** The audit log. */
  log: HistoryEvent[]
  /** What the store held in the end, and when that was read (ms since the Unix epoch); null: no such session. */
  final: Session | null
  read_at: number
}

type Told = Pick<
  Session,
  'session_id' | 'version' | 'status' | 'active_participant_id' | 'cycle_started_at' | 'participants'
>

/** Tells states apart by what the answer to a switch has of them; short, because there are many. */
export function fingerprint(state: Told): string {
  const { session_id, version, status, active_participant_id, cycle_started_at, participants } = state
  const told = [session_id, version, status, active_participant_id, cycle_started_at, participants]
  return createHash('sha1').update(JSON.stringify(told)).digest('base64url')
}

/** The same but for the version: what a session is told anew with is what it was. */
export const contentOf = (state: Told): string => fingerprint({ ...state, version: 0 })

/** How an operation ended: a refusal after an attempt of unknown outcome may have been overtaken by that attempt. */
export function outcomeOf({ answers }: Operation): Outcome {
  const outcomes = answers.map(({ outcome }) => outcome)
  if (outcomes.includes('acknowledged')) return 'acknowledged'
  return outcomes.includes('unknown') ? 'unknown' : 'refused'
}

import type { Event } from '../../schemas/event.ts'
import type { Outbox } from './outbox.ts'

/** The address of a record: the capability that owns it, and its id there (`[A-Za-z0-9._:-]{1,128}`). */
export type Key = { topic: string; id: string }

/**
 * The state of one key.
 *
 * `epoch` is the instant (ms) at which the record was created, `version` rises with each accepted change. Together they
 * never go back: a key that was deleted and created again goes on above its last version for as long as the store
 * remembers it (TOMBSTONE_LIFETIME_MS), and after that its epoch is later.
 */
export type StoredRecord = {
  epoch: number
  version: number
  /** JSON text; the bytes that clients get. */
  document: string
  /** What lists filter by, for instance the status (`[A-Za-z0-9._-]{1,64}`). */
  label: string
}

export type Commit = {
  /** The record that this commit follows; null: the key must be absent. */
  expect: StoredRecord | null
  /** The record to keep; null deletes the key and leaves a tombstone at `version`. */
  next: StoredRecord | null
  /** The version of `next`, or that of the deletion. Above `expect.version`. */
  version: number
  /** Appended to the outbox with the change, in this order. */
  events: Event[]
  /** When something must happen with nobody calling, in ms since the Unix epoch; null: never. */
  deadline: number | null
  /** How long the record is kept after this commit, in ms. */
  lifetime_ms: number
  /** Names this attempt, never used again for another. Repeated within 3 s it is applied once and answered alike. */
  operation_id: string
  /** An answer to keep for `answer()`, written with the change or not at all. The first one of a name stays. */
  answer?: NewAnswer
  /** Sent to the watchers of the whole topic, beside the update that the watchers of this key get. */
  broadcast?: string
}

/** A name has 1 to 256 characters. */
export type NewAnswer = {
  name: string
  value: string
  /** The part of it that may go earlier than the rest, when there are too many of them (ANSWER_BULK_LIMIT). */
  bulk?: string
  lifetime_ms: number
}

export type KeptAnswer = { value: string; bulk: string | null }

export type CommitResult =
  | { outcome: 'committed' }
  /** Somebody else was first. `current` is what is there now; `floor` the highest version that the key ever had. */
  | { outcome: 'conflict'; current: StoredRecord | null; floor: number }
  /** A commit with this `answer.name` went through before; nothing was changed now. */
  | { outcome: 'answered'; answer: KeptAnswer }

/** What the watchers of a key are told. `document` is null when the key was deleted. `at`: ms since the Unix epoch. */
export type Update = { epoch: number; version: number; at: number; document: string | null }

export type Watcher<T> = {
  onUpdate(update: T): void
  /** Updates may have been missed (a connection was lost and is back): read again what matters. */
  onGap(): void
}

export type Unwatch = () => void

export type Page = { records: StoredRecord[]; next: string | null }

export type Due = { key: Key; deadline: number }

/** How long a deleted key's version is remembered. */
export const TOMBSTONE_LIFETIME_MS = 24 * 60 * 60 * 1000

/** How many characters of `bulk` are kept, of all answers together; beyond it the oldest go. */
export const ANSWER_BULK_LIMIT = 128 * 1024 * 1024

/**
 * Where the state lives that all instances share.
 *
 * Every method rejects with DomainError('unavailable', 'STORE_UNAVAILABLE') while the store cannot be reached; none
 * waits longer than about 3 s. A commit that was rejected so may have been applied all the same. What is stored but
 * cannot be read is DomainError('internal', 'STATE_DESERIALIZATION_ERROR'). Absent is null. What a caller gets is its
 * own copy.
 */
export interface StateStore {
  /**
   * The newest record of a key, or null. With `guess` the answer may be an older one that this instance has seen (no
   * round trip): fit to decide on when a commit follows, because the commit tells. What a guess refuses is to be read
   * again without one.
   */
  read(key: Key, options?: { guess?: boolean }): Promise<StoredRecord | null>

  /**
   * Atomic, all or nothing: compares the record with the expected one, keeps the document, deadline, lifetime and answer,
   * appends the events to the outbox and tells the watchers. Of N commits that expect the same record exactly one is
   * committed. A store that may lose changes may have others under their versions, so the documents count too.
   */
  commit(key: Key, commit: Commit): Promise<CommitResult>

  /** The answer that was committed under this name with a record of this key, or null. */
  answer(key: Key, name: string): Promise<KeptAnswer | null>

  /**
   * Keeps a value under a name of 1 to 256 characters, unless there is one. Null when it was kept, else what was there -
   * which may be this very value, when the store was asked twice for want of a reply.
   */
  claim(name: string, value: string, lifetime_ms: number): Promise<string | null>

  /**
   * The records of a topic, newest epoch first, all labels or one. `cursor` is the `next` of the page before; null at
   * the end. A record that was there (with this label) during the whole walk is listed exactly once.
   *
   * @throws DomainError VALIDATION_ERROR for a cursor that is none
   */
  list(topic: string, options: { label?: string; limit: number; cursor?: string }): Promise<Page>

  /** How many records of a topic carry this label. May count some that have outlived their lifetime. */
  count(topic: string, label: string): Promise<number>

  /** At most `limit` keys whose deadline is at or before `until` (ms), the earliest first. */
  due(until: number, limit: number): Promise<Due[]>

  /**
   * Resolves once every later commit of this key is sure to reach the watcher, or its onGap() to be called. Updates may
   * repeat or be skipped.
   */
  watch(key: Key, watcher: Watcher<Update>): Promise<Unwatch>

  /** The same for the broadcasts of a topic. */
  watchTopic(topic: string, watcher: Watcher<string>): Promise<Unwatch>

  /** What was committed and not yet processed; empty for ever unless the store was created with `outbox: true`. */
  outbox(): Outbox

  /** Resolves when the store answers; rejects with the reason when it does not. */
  check(): Promise<void>

  /** Idempotent. Nothing that was committed is lost. */
  close(): Promise<void>
}

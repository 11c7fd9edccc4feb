import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { answerOf, CLAIMS, keepAnswer } from './embedded-answers.ts'
import { createEmbeddedOutbox } from './embedded-outbox.ts'
import { openTables, putRow, type Row, recordOf, removeRow, rowOf } from './embedded-tables.ts'
import { storeUnavailable } from './errors.ts'
import { lockFolder } from './folder-lock.ts'
import { createNearCache } from './near-cache.ts'
import {
  ANSWER_BULK_LIMIT,
  type Commit,
  type CommitResult,
  type Key,
  type StateStore,
  type StoredRecord,
  TOMBSTONE_LIFETIME_MS,
  type Update,
} from './state-store.ts'
import { createWatchers, type StoreLog } from './watchers.ts'

export type EmbeddedOptions = {
  /** Where the data lives; created when needed, and locked against other processes. */
  folder: string
  clock: Clock
  log: StoreLog
  /** Whether events are kept for `outbox()`. */
  outbox?: boolean
  redeliver_ms?: number
  answer_bulk_limit?: number
}

const SWEEP_INTERVAL_MS = 10_000
const SWEEP_LIMIT = 500
/** How many operations of a record are remembered. */
const OPERATIONS = 8
/** How long a disk that failed is left alone, in ms: lmdb writes to stderr at each failure. */
const FAILURE_PAUSE_MS = 250

/** The store of a single server, durable under `folder`. @throws Error when another process uses the folder */
export function createEmbeddedStore({
  folder,
  clock,
  log,
  outbox: keepEvents = false,
  answer_bulk_limit = ANSWER_BULK_LIMIT,
  ...options
}: EmbeddedOptions) {
  const unlock = lockFolder(folder)
  const tables = openTables(folder)
  const { records, labels, counts, deadlines, answers, expiries } = tables
  /** Spares a guess the look into the file; whether it was right the transaction finds out. */
  const cache = createNearCache()
  const updates = createWatchers<Update>(log)
  const broadcasts = createWatchers<string>(log)
  let failed_at: number | null = null
  let closed = false

  /** All or nothing, also when `transaction` throws half way; what runs at the same time is flushed together. */
  const write = async <T>(transaction: () => T): Promise<T> => {
    if (closed) throw storeUnavailable()
    if (failed_at !== null && performance.now() - failed_at < FAILURE_PAUSE_MS) throw storeUnavailable()
    try {
      const result = await tables.root.childTransaction(transaction)
      failed_at = null
      return result
    } catch (error) {
      if (error instanceof DomainError) throw error
      const reason = await Promise.resolve((error as { commitError?: unknown }).commitError).catch((e) => e)
      failed_at = performance.now()
      log.error({ err: reason ?? error, folder }, 'the embedded store cannot write')
      throw storeUnavailable(reason ?? error)
    }
  }
  const outbox = createEmbeddedOutbox({ tables, clock, write, redeliver_ms: options.redeliver_ms })

  const assertOpen = (): void => {
    if (closed) throw storeUnavailable()
  }
  const living = (row: Row | undefined): Row | undefined =>
    row && row.expires_at > clock.now() ? row : undefined

  const apply = (key: Key, commit: Commit): CommitResult & { repeated?: boolean } => {
    const now = clock.now()
    const old = rowOf(tables, key)
    const row = living(old)
    if (row?.operations.includes(commit.operation_id)) return { outcome: 'committed', repeated: true }
    const answer = commit.answer && answerOf(tables, key, commit.answer.name, now)
    if (answer) return { outcome: 'answered', answer }
    const current = recordOf(row)
    const floor = row?.version ?? 0
    if (!isSame(current, commit.expect) || commit.version <= floor)
      return { outcome: 'conflict', current, floor }

    const { next } = commit
    const expires_at = now + (next ? commit.lifetime_ms : TOMBSTONE_LIFETIME_MS)
    putRow(tables, key, old, {
      epoch: next?.epoch ?? row?.epoch ?? 0,
      version: commit.version,
      document: next?.document ?? null,
      label: next?.label ?? '',
      deadline: next ? commit.deadline : null,
      expires_at,
      looked_at: Math.min(old?.looked_at ?? expires_at, expires_at),
      operations: [...(row?.operations ?? []), commit.operation_id].slice(-OPERATIONS),
    })
    if (commit.answer) keepAnswer(tables, key, commit.answer, now, answer_bulk_limit)
    if (keepEvents) outbox.append(commit.events)
    return { outcome: 'committed' }
  }

  const expired = (now: number): [number, string, string, string][] =>
    Array.from(expiries.getKeys({ end: [now, '\uffff', '', ''], limit: SWEEP_LIMIT }))

  /** Removes what has outlived its lifetime, a batch per transaction. */
  const sweep = async (): Promise<void> => {
    while (!closed && expired(clock.now()).length > 0) {
      await write(() => {
        const now = clock.now()
        for (const [at, topic, id, name] of expired(now)) {
          expiries.remove([at, topic, id, name])
          if (name) {
            if ((answers.get([topic, id, name])?.expires_at ?? now) <= now) answers.remove([topic, id, name])
            continue
          }
          const row = records.get([topic, id])
          if (!row || row.looked_at !== at) continue
          if (row.expires_at > now) putRow(tables, { topic, id }, row, { ...row, looked_at: row.expires_at })
          else removeRow(tables, { topic, id }, row)
        }
      })
    }
  }
  let sweeping: Promise<void> | null = null
  const stopSweeping = clock.every(SWEEP_INTERVAL_MS, () => {
    sweeping ??= sweep()
      .catch((error) => log.warn({ err: error }, 'expired records stay for now'))
      .finally(() => {
        sweeping = null
      })
  })

  const store: StateStore = {
    async read(key, { guess = false } = {}) {
      assertOpen()
      const known = guess ? cache.get(name(key)) : null
      if (known) return known
      const record = recordOf(living(rowOf(tables, key)))
      cache.put(name(key), record)
      return record
    },

    async commit(key, commit) {
      const { repeated, ...result } = await write(() => apply(key, commit))
      if (result.outcome === 'conflict') cache.put(name(key), result.current)
      else if (result.outcome === 'committed') cache.put(name(key), commit.next)
      if (result.outcome === 'committed' && !repeated) {
        const { epoch } = commit.next ?? (commit.expect as StoredRecord)
        const document = commit.next?.document ?? null
        updates.tell(name(key), { epoch, version: commit.version, at: clock.now(), document })
        if (commit.broadcast !== undefined) broadcasts.tell(key.topic, commit.broadcast)
        if (keepEvents && commit.events.length > 0) outbox.wake()
      }
      return result
    },

    async answer(key, name) {
      assertOpen()
      return answerOf(tables, key, name, clock.now())
    },

    async claim(name, value, lifetime_ms) {
      return write(() => {
        const now = clock.now()
        const there = answerOf(tables, CLAIMS, name, now)
        if (!there) keepAnswer(tables, CLAIMS, { name, value, lifetime_ms }, now, answer_bulk_limit)
        return there?.value ?? null
      })
    },

    async list(topic, { label = '', limit, cursor }) {
      assertOpen()
      const place = cursor === undefined ? null : decodeCursor(cursor)
      const start = place ? [place.epoch, place.id] : [Number.MAX_VALUE, '']
      const range = {
        start: [topic, label, ...start],
        end: [topic, label],
        reverse: true,
        exclusiveStart: true,
      }
      const found: { id: string; record: StoredRecord }[] = []
      for (const [, , , id] of labels.getKeys(range as never)) {
        const record = recordOf(living(rowOf(tables, { topic, id })))
        if (record) found.push({ id, record })
        if (found.length > limit) break
      }
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const next =
        last && found.length > limit ? encodeCursor({ epoch: last.record.epoch, id: last.id }) : null
      return { records: page.map(({ record }) => record), next }
    },

    async count(topic, label) {
      assertOpen()
      return counts.get([topic, label]) ?? 0
    },

    async due(until, limit) {
      assertOpen()
      const found = []
      for (const [deadline, topic, id] of deadlines.getKeys({ end: [until, '\uffff', ''] })) {
        if (found.length >= limit) break
        if (living(rowOf(tables, { topic, id }))) found.push({ key: { topic, id }, deadline })
      }
      return found
    },

    async watch(key, watcher) {
      assertOpen()
      return updates.add(name(key), watcher)
    },

    async watchTopic(topic, watcher) {
      assertOpen()
      return broadcasts.add(topic, watcher)
    },

    outbox: () => outbox,

    async check() {
      assertOpen()
      if (failed_at === null) records.get(['', ''])
      else await write(() => counts.put(['', ''], clock.now()))
    },

    async close() {
      if (closed) return
      stopSweeping()
      await sweeping
      closed = true
      outbox.close()
      await tables.close()
      unlock()
    },
  }
  return store
}

const name = ({ topic, id }: Key): string => `${topic} ${id}`

const isSame = (a: StoredRecord | null, b: StoredRecord | null): boolean =>
  a === null || b === null
    ? a === b
    : a.epoch === b.epoch && a.version === b.version && a.label === b.label && a.document === b.document

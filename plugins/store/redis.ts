import { crc32 } from 'node:zlib'
import type { Clock } from '../clock.ts'
import type { RedisClients } from '../redis-clients.ts'
import { storeUnavailable, unreadable } from './errors.ts'
import { createNearCache } from './near-cache.ts'
import { type Command, createRedisCalls, loadScript } from './redis-calls.ts'
import { bulkOf, createRedisKeys, PARTITIONS, partitionOf } from './redis-keys.ts'
import { createRedisList, FIELDS, recordOf } from './redis-list.ts'
import { createRedisOutbox } from './redis-outbox.ts'
import { createRedisWatch, headOf } from './redis-watch.ts'
import {
  ANSWER_BULK_LIMIT,
  type Commit,
  type CommitResult,
  type Key,
  type StateStore,
  type StoredRecord,
  TOMBSTONE_LIFETIME_MS,
} from './state-store.ts'
import type { StoreLog } from './watchers.ts'

export type RedisOptions = {
  clients: RedisClients
  clock: Clock
  log: StoreLog
  /** Whether events are kept for `outbox()`. */
  outbox?: boolean
  redeliver_ms?: number
  answer_bulk_limit?: number
}

const SWEEP_INTERVAL_MS = 1000
/** How long an operation is remembered, in ms: longer than anybody repeats it. */
const OPERATION_LIFETIME_MS = 10_000

/**
 * The store that all instances of a deployment share. As durable as the Redis: `appendonly yes` with
 * `appendfsync everysec` loses at most a second when the machine fails, `always` nothing.
 */
export function createRedisStore({
  clients,
  clock,
  log,
  outbox: keepEvents = false,
  redeliver_ms,
  answer_bulk_limit = ANSWER_BULK_LIMIT,
}: RedisOptions) {
  const keys = createRedisKeys(clients.prefix)
  const calls = createRedisCalls(clients.commands)
  const list = createRedisList(calls, keys)
  const outbox = createRedisOutbox({ calls, keys, blocking: () => clients.blocking, redeliver_ms })
  const cache = createNearCache()
  const commitScript = loadScript('commit')
  const watch = createRedisWatch({
    subscriber: clients.subscriber,
    keys,
    log,
    onUpdate(key, { document, epoch, version }, label) {
      if (document === null) cache.drop(keys.record(key), { epoch, version })
      else cache.put(keys.record(key), { epoch, version, document, label })
    },
  })
  let closed = false
  const assertOpen = (): void => {
    if (closed || clients.agreed === false) throw storeUnavailable()
  }

  const stopSweeping = clock.every(SWEEP_INTERVAL_MS, () => {
    if (clients.commands.status !== 'ready') return
    list.sweep().catch((error) => {
      if (error?.kind !== 'unavailable') log.warn({ err: error }, 'the indexes cannot be swept')
    })
  })

  const commitKeys = (key: Key, { expect, next, operation_id, answer }: Commit): string[] => {
    const partition = partitionOf(key.id)
    const all = keys.index(partition, key.topic, '')
    return [
      keys.record(key),
      keys.operation(key, operation_id),
      keys.deadlines(partition),
      all,
      expect ? keys.index(partition, key.topic, expect.label) : all,
      next ? keys.index(partition, key.topic, next.label) : all,
      keys.outbox(partition),
      ...(answer ? [keys.answer(key, answer.name), keys.bulks(partition), keys.bulkNames(partition)] : []),
    ]
  }

  const commitArguments = (key: Key, commit: Commit): (string | number)[] => {
    const { expect, next, version, deadline, broadcast, answer } = commit
    const epoch = next?.epoch ?? expect?.epoch ?? 0
    return [
      key.id,
      ...(expect ? [expect.epoch, expect.version, expect.label] : ['', '', '']),
      epoch,
      version,
      next?.label ?? '',
      next?.document ?? '',
      Math.ceil(next ? commit.lifetime_ms : TOMBSTONE_LIFETIME_MS),
      next ? (deadline ?? '') : '',
      `${key.topic}:${key.id}`,
      keys.updates(key),
      headOf({ epoch, version, at: clock.now() }, next?.label ?? ''),
      broadcast === undefined ? '' : keys.broadcasts(key.topic),
      broadcast ?? '',
      answer?.value ?? '',
      Math.ceil(answer?.lifetime_ms ?? 0),
      OPERATION_LIFETIME_MS,
      checksumOf(expect),
      checksumOf(next),
      answer ? bulkOf(key, answer.name) : '',
      answer?.bulk ?? '',
      Math.ceil(answer_bulk_limit / PARTITIONS),
      ...(keepEvents ? commit.events.map((event) => JSON.stringify(event)) : []),
    ]
  }

  const store: StateStore = {
    async read(key, { guess = false } = {}) {
      assertOpen()
      const name = keys.record(key)
      const known = guess ? cache.get(name) : null
      if (known) return known
      const record = recordOf((await calls.one(['hmget', name, ...FIELDS])) as (string | null)[])
      cache.put(name, record)
      return record
    },

    async commit(key, commit) {
      assertOpen()
      for (const record of [commit.expect, commit.next]) if (record) list.note(key.topic, record.label)
      const reply = await calls.script(commitScript, commitKeys(key, commit), commitArguments(key, commit))
      const result = resultOf(reply as (string | number | null)[])
      const name = keys.record(key)
      // What is there now may be older than what was: a Redis that has lost writes.
      if (result.outcome === 'conflict' || commit.next === null) cache.put(name, null)
      if (result.outcome === 'conflict') cache.put(name, result.current)
      else if (result.outcome === 'committed') cache.put(name, commit.next)
      return result
    },

    async answer(key, name) {
      assertOpen()
      const bulks = keys.bulks(partitionOf(key.id))
      const commands: Command[] = [
        ['get', keys.answer(key, name)],
        ['hget', bulks, bulkOf(key, name)],
      ]
      const [value, bulk] = (await calls.many(commands)) as (string | null)[]
      return typeof value === 'string' ? { value, bulk: bulk ?? null } : null
    },

    async claim(name, value, lifetime_ms) {
      assertOpen()
      const command: Command = ['set', keys.claim(name), value, 'PX', Math.ceil(lifetime_ms), 'NX', 'GET']
      return (await calls.one(command)) as string | null
    },

    async list(topic, { label = '', limit, cursor }) {
      assertOpen()
      return list.list(topic, label, limit, cursor)
    },

    async count(topic, label) {
      assertOpen()
      return list.count(topic, label)
    },

    async due(until, limit) {
      assertOpen()
      return list.due(until, limit)
    },

    async watch(key, watcher) {
      assertOpen()
      return watch.key(key, watcher)
    },

    async watchTopic(topic, watcher) {
      assertOpen()
      return watch.topic(topic, watcher)
    },

    outbox: () => outbox,

    async check() {
      assertOpen()
      await calls.one(['ping'])
      if (clients.subscriber.status !== 'ready') throw storeUnavailable()
    },

    async close() {
      if (closed) return
      closed = true
      stopSweeping()
      watch.close()
      await outbox.close()
      calls.release()
    },
  }
  return store
}

/**
 * Tells apart two records of one version: a Redis that has lost writes (a failover, a restart) takes other changes under
 * the versions of those it lost, while instances still remember the lost ones.
 */
const checksumOf = (record: StoredRecord | null): string =>
  record ? `${record.version}.${crc32(record.document).toString(36)}` : ''

function resultOf([code, ...rest]: (string | number | null)[]): CommitResult {
  if (code === 0) return { outcome: 'committed' }
  if (code === 2) {
    const [value, bulk] = rest as [string, string | null]
    return { outcome: 'answered', answer: { value, bulk: bulk ?? null } }
  }
  if (code !== 1) throw unreadable()
  const [floor, ...fields] = rest as (string | null)[]
  const [epoch = null, version = null, label = null, document = null] = fields
  return { outcome: 'conflict', current: recordOf([epoch, version, label, document]), floor: Number(floor) }
}

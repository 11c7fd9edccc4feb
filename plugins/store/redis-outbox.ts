import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { storeUnavailable } from './errors.ts'
import { type OutboxEntry, REDELIVER_MS } from './outbox.ts'
import { type Command, createRedisCalls, loadScript, type RedisCalls } from './redis-calls.ts'
import { eachPartition, type RedisKeys } from './redis-keys.ts'

export const GROUP = 'readers'
/** How often abandoned entries are looked for, in ms, at most. */
const ABANDONED_INTERVAL_MS = 5000
/** How long a call waits at the server, at most, in ms: close() has to wait for it no longer. */
const BLOCK_MS = 500
const POLL_MS = 100
const HOUR_MS = 60 * 60 * 1000

type Options = {
  calls: RedisCalls
  /** Null on a Cluster: no call can wait for streams on several nodes, so they are asked in turn. */
  blocking: () => Redis | null
  keys: RedisKeys
  redeliver_ms?: number | undefined
}

type Entries = [id: string, fields: string[] | null][]

/** The outbox over Redis streams, one per partition, which the instances read as one consumer group. */
export function createRedisOutbox({ calls, blocking, keys, redeliver_ms = REDELIVER_MS }: Options) {
  const tidyScript = loadScript('tidy')
  const consumer = randomUUID()
  const streams = eachPartition(keys.outbox)
  let waiting: RedisCalls | null = null
  let prepared = false
  let searched_at = Number.NEGATIVE_INFINITY
  let closed = false
  /** Claimed at the server beyond what was asked for. */
  let held: OutboxEntry[] = []

  const tidy = (name: string, idle_ms: number) =>
    Promise.all(streams.map((stream) => calls.script(tidyScript, [stream], [GROUP, name, idle_ms])))

  const prepare = async (): Promise<void> => {
    if (prepared) return
    await Promise.all(
      streams.map((stream) =>
        calls.one(['xgroup', 'CREATE', stream, GROUP, '0', 'MKSTREAM']).catch((error: Error) => {
          if (!error.message.startsWith('BUSYGROUP')) throw error
        }),
      ),
    )
    await tidy('', HOUR_MS)
    prepared = true
  }

  const entriesOf = (partition: number, entries: Entries): OutboxEntry[] =>
    entries.flatMap(([id, fields]) =>
      fields ? [{ id: `${partition}-${id}`, event: JSON.parse(fields[1] as string) }] : [],
    )

  /** What a reader took and left: it died, or is slower than it may be. */
  const abandoned = async (count: number): Promise<OutboxEntry[]> => {
    if (performance.now() - searched_at < Math.min(ABANDONED_INTERVAL_MS, redeliver_ms)) return []
    const commands = streams.map((stream): Command => {
      return ['xautoclaim', stream, GROUP, consumer, redeliver_ms, '0', 'COUNT', count]
    })
    const replies = (await calls.many(commands)) as [string, Entries][]
    const entries = replies.flatMap(([, found], partition) => entriesOf(partition, found))
    if (entries.length === 0) searched_at = performance.now()
    return entries
  }

  const fresh = async (count: number, wait_ms: number): Promise<OutboxEntry[]> => {
    const read: Command = ['xreadgroup', 'GROUP', GROUP, consumer, 'COUNT', count]
    const client = blocking()
    if (!client) {
      const replies = await calls.many(streams.map((stream): Command => [...read, 'STREAMS', stream, '>']))
      const entries = replies
        .flatMap(pairsOf)
        .flatMap(([stream, found]) => entriesOf(streams.indexOf(stream), found))
      if (entries.length === 0 && wait_ms > 0) await pause(Math.min(wait_ms, POLL_MS))
      return entries
    }
    waiting ??= createRedisCalls(client)
    const block = wait_ms > 0 ? ['BLOCK', Math.ceil(Math.min(wait_ms, BLOCK_MS))] : []
    const reply = await waiting.one([...read, ...block, 'STREAMS', ...streams, ...streams.map(() => '>')])
    return pairsOf(reply).flatMap(([stream, found]) => entriesOf(streams.indexOf(stream), found))
  }

  const read = async (limit: number, wait_ms: number): Promise<OutboxEntry[]> => {
    // Entries of a key are all in one stream: enough of each for a batch when few keys are busy.
    const count = Math.max(16, Math.ceil(limit / 4))
    try {
      await prepare()
      const left = await abandoned(count)
      return left.length > 0 ? left : await fresh(count, wait_ms)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOGROUP')) throw error
      // Redis came back without its data.
      prepared = false
      return []
    }
  }

  return {
    async claim(limit: number, wait_ms: number): Promise<OutboxEntry[]> {
      if (closed) throw storeUnavailable()
      const until = performance.now() + wait_ms
      for (;;) {
        if (held.length === 0) held = await read(limit, until - performance.now())
        if (held.length > 0 || closed || performance.now() >= until) return held.splice(0, limit)
      }
    },

    /** One round trip. XDEL comes first: what is deleted and not acknowledged is forgotten by XAUTOCLAIM, never kept. */
    async acknowledge(entries: OutboxEntry[]): Promise<void> {
      const byPartition = Map.groupBy(entries, ({ id }) => Number(id.slice(0, id.indexOf('-'))))
      const commands = [...byPartition].flatMap(([partition, some]): Command[] => {
        const stream = streams[partition] as string
        const ids = some.map(({ id }) => id.slice(id.indexOf('-') + 1))
        return [
          ['xdel', stream, ...ids],
          ['xack', stream, GROUP, ...ids],
        ]
      })
      await calls.many(commands)
    },

    async backlog(): Promise<number> {
      const lengths = (await calls.many(streams.map((stream): Command => ['xlen', stream]))) as number[]
      return lengths.reduce((sum, length) => sum + length, 0)
    },

    async close(): Promise<void> {
      closed = true
      waiting?.release()
      if (prepared) await tidy(consumer, 0).catch(() => {})
    },
  }
}

/** The streams of a reply: pairs, or with RESP3 one flat list. */
function pairsOf(reply: unknown): [stream: string, entries: Entries][] {
  const list = (reply ?? []) as unknown[]
  if (Array.isArray(list[0])) return list as [string, Entries][]
  const pairs: [string, Entries][] = []
  for (let i = 0; i < list.length; i += 2) pairs.push([list[i] as string, list[i + 1] as Entries])
  return pairs
}

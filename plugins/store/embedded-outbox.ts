import type { Event } from '../../schemas/event.ts'
import type { Clock } from '../clock.ts'
import type { Tables } from './embedded-tables.ts'
import { storeUnavailable } from './errors.ts'
import { type Outbox, type OutboxEntry, REDELIVER_MS } from './outbox.ts'

export type EmbeddedOutbox = Outbox & {
  /** For use within a transaction. */
  append(events: Event[]): void
  /** What was appended is committed now. */
  wake(): void
  close(): void
}

type Options = {
  tables: Tables
  clock: Clock
  redeliver_ms?: number | undefined
  /** Runs a transaction and resolves when it is durable. */
  write: <T>(transaction: () => T) => Promise<T>
}

/**
 * The outbox of the embedded store: a table in the order of the commits, and which of it is claimed is known in memory
 * only, so that after a restart everything unacknowledged is handed out again.
 */
export function createEmbeddedOutbox({
  tables,
  clock,
  write,
  redeliver_ms = REDELIVER_MS,
}: Options): EmbeddedOutbox {
  const { outbox } = tables
  const claimed = new Map<number, number>()
  const waiting = new Set<() => void>()
  let cursor = 0
  let closed = false
  let [last = 0] = outbox.getKeys({ reverse: true, limit: 1 })

  const wake = (): void => {
    for (const stop of waiting) stop()
  }

  const wait = (wait_ms: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = () => {
        waiting.delete(stop)
        cancel()
        resolve()
      }
      const cancel = clock.at(clock.now() + wait_ms, stop)
      waiting.add(stop)
    })

  const take = (limit: number): OutboxEntry[] => {
    const entries: OutboxEntry[] = []
    const now = clock.now()
    const claim = (place: number, event: string) => {
      claimed.set(place, now)
      entries.push({ id: `e-${place}`, event: JSON.parse(event) })
    }
    for (const [place, at] of claimed) {
      if (entries.length >= limit || now - at < redeliver_ms) break
      const event = outbox.get(place)
      claimed.delete(place)
      if (event !== undefined) claim(place, event)
    }
    for (const { key, value } of outbox.getRange({ start: cursor, limit: limit - entries.length })) {
      claim(key, value)
      cursor = key + 1
    }
    return entries
  }

  return {
    async claim(limit, wait_ms) {
      if (closed) throw storeUnavailable()
      const entries = take(limit)
      if (entries.length > 0 || wait_ms <= 0) return entries
      await wait(wait_ms)
      return closed ? [] : take(limit)
    },
    async acknowledge(entries) {
      const places = entries.map(({ id }) => Number(id.slice(2)))
      await write(() => {
        for (const place of places) outbox.remove(place)
      })
      for (const place of places) claimed.delete(place)
    },
    async backlog() {
      if (closed) throw storeUnavailable()
      return outbox.getCount()
    },
    append(events) {
      for (const event of events) {
        // Above what any earlier life of this folder can have given out, also when the outbox was empty or deleted.
        last = Math.max(last + 1, clock.now() * 1000)
        outbox.put(last, JSON.stringify(event))
      }
    },
    wake,
    close() {
      closed = true
      wake()
    },
  }
}

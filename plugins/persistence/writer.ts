import type { Event } from '../../schemas/event.ts'
import type { Query } from '../jobs/database.ts'
import { eventName } from './batch.ts'

/** The life of one record: it ends when the record does, and the record may be created again in a later epoch. */
export type Life = { key: string; epoch: number }

/** What a capability derives from its events, in tables of its own. */
export type Projector = {
  /**
   * Called in the transaction that writes these events, for the first and only time with each of them, ordered by key,
   * epoch and version. Other batches of the same keys may have come earlier or come later, or run at the same time.
   */
  apply(query: Query, events: Event[]): Promise<void>
  /** Called in the transaction that removes these lives from the audit log. */
  forget?(query: Query, lives: Life[]): Promise<void>
}

type Options = {
  schema: string
  projectors: ReadonlyMap<string, Projector>
  /** Keeps an event that PostgreSQL will never take, in the same transaction. */
  refuse: (query: Query, event: Event, error: unknown) => Promise<void>
}

/** Values that PostgreSQL cannot hold, constraints, sizes beyond its limits: the same again will fail again. */
const REFUSALS = /^(22|23|54)/

/** Writes events inside a transaction of the caller's; resolves to those that are new. */
export function createWriter({ schema, projectors, refuse }: Options) {
  const insert = async (query: Query, events: Event[]): Promise<Event[]> => {
    const rows = await query(
      `INSERT INTO ${schema}.events AS old (topic, key, epoch, version, type, at, data)
       SELECT topic, key, epoch, version, type, to_timestamp(at / 1000), data
         FROM jsonb_to_recordset($1::jsonb) AS new (topic text COLLATE "C", key text COLLATE "C", epoch bigint,
              version integer, type text, at double precision, data jsonb)
        ORDER BY topic, key, epoch, version
       ON CONFLICT (topic, key, epoch, version) DO UPDATE SET data = EXCLUDED.data
          WHERE old.data IS NULL AND EXCLUDED.data IS NOT NULL
       RETURNING topic, key, epoch::double precision AS epoch, version`,
      [JSON.stringify(events)],
    )
    if (rows.length === events.length) return events
    const names = new Set(rows.map((row) => eventName(row as Event)))
    return events.filter((event) => names.has(eventName(event)))
  }

  const project = async (query: Query, events: Event[]): Promise<void> => {
    for (const [topic, own] of Map.groupBy(events, (event) => event.topic)) {
      await projectors.get(topic)?.apply(query, own)
    }
  }

  const both = async (query: Query, events: Event[]): Promise<Event[]> => {
    const written = await insert(query, events)
    if (written.length > 0) await project(query, written)
    return written
  }

  /** All of them or, where PostgreSQL refuses one, each half on its own, down to the one that is to blame. */
  const sift = async (query: Query, events: Event[]): Promise<Event[]> => {
    await query('SAVEPOINT batch')
    try {
      const written = await both(query, events)
      await query('RELEASE SAVEPOINT batch')
      return written
    } catch (error) {
      if (!isRefusal(error)) throw error
      await query('ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch')
      const [only] = events
      if (only && events.length === 1) {
        await refuse(query, only, error)
        // Its place stays visible as a version without data, so that what comes after it is not taken for incomplete.
        return only.data === null ? [] : sift(query, [{ ...only, data: null }])
      }
      const half = Math.ceil(events.length / 2)
      const first = await sift(query, events.slice(0, half))
      return [...first, ...(await sift(query, events.slice(half)))]
    }
  }

  return {
    /** `sifting`: finds out which event is refused, at a price; else a refusal is an error like any other. */
    write(query: Query, events: Event[], sifting: boolean): Promise<Event[]> {
      const once = new Map(events.map((event) => [eventName(event), event]))
      // Everybody locks in the same order, so that two batches with the same keys wait instead of blocking each other.
      const sorted = [...once.values()].sort(byPlace)
      return sifting ? sift(query, sorted) : both(query, sorted)
    },
  }
}

function byPlace(a: Event, b: Event): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  return a.epoch - b.epoch || a.version - b.version
}

/** Programming errors count too: a projector that cannot make sense of an event will not tomorrow. */
function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  return REFUSALS.test((error as { code?: string }).code ?? '')
}

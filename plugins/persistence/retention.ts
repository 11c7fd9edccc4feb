import type { PgBoss } from 'pg-boss'
import { type Database, inTransaction, type Query } from '../jobs/database.ts'
import type { Life, Projector } from './writer.ts'

const QUEUE = 'retention'
/** At twelve minutes past every hour, in UTC. */
const SCHEDULE = '12 * * * *'
const DAY_MS = 86_400_000
/** How many lives leave in one transaction. */
const LIVES_AT_ONCE = 200

type Options = { database: Database; schema: string; projectors: ReadonlyMap<string, Projector> }

export const createRetentionQueue = (boss: PgBoss): Promise<void> =>
  boss.createQueue(QUEUE, { policy: 'singleton', retryLimit: 0, expireInSeconds: 3600 })

/** Sets up the schedule that removes what is older than `days`; 0 takes it away. */
export async function scheduleRetention(
  boss: PgBoss,
  days: number,
  options: Options & { now: () => number },
): Promise<void> {
  await createRetentionQueue(boss)
  if (days === 0) return boss.unschedule(QUEUE)
  await boss.schedule(QUEUE, SCHEDULE)
  await boss.work(QUEUE, { pollingIntervalSeconds: 30 }, async () => {
    await removeOlder(options, options.now() - days * DAY_MS)
  })
}

/**
 * Removes the lives of which the last event came before `before` (ms), whole: half a life could not be folded. Resolves
 * to how many there were.
 */
export async function removeOlder(options: Options, before: number): Promise<number> {
  let removed = 0
  for (;;) {
    const count = await inTransaction(options.database, (query) => removeSome(query, options, before))
    removed += count
    if (count < LIVES_AT_ONCE) return removed
  }
}

async function removeSome(query: Query, { schema, projectors }: Options, before: number): Promise<number> {
  const lives = await query<Life & { topic: string }>(
    `WITH old AS (
       SELECT DISTINCT topic, key, epoch FROM (
         SELECT topic, key, epoch FROM ${schema}.events e
          WHERE at < to_timestamp($1::double precision / 1000) AND NOT EXISTS (
            SELECT FROM ${schema}.events later
             WHERE later.topic = e.topic AND later.key = e.key AND later.epoch = e.epoch
               AND later.at >= to_timestamp($1::double precision / 1000))
       ) candidates LIMIT ${LIVES_AT_ONCE}
     ), gone AS (
       DELETE FROM ${schema}.events e USING old
        WHERE e.topic = old.topic AND e.key = old.key AND e.epoch = old.epoch
     )
     SELECT topic, key, epoch::double precision AS epoch FROM old`,
    [before],
  )
  for (const [topic, own] of Map.groupBy(lives, (life) => life.topic)) {
    await projectors.get(topic)?.forget?.(query, own)
  }
  return lives.length
}

import { setTimeout as delay } from 'node:timers/promises'
import { createBoss } from '../../plugins/jobs/boss.ts'
import { createPostgres } from '../../plugins/jobs/postgres.ts'
import { unique } from './redis.ts'

const QUEUE = 'bench'
const BATCH = 500
const WORKERS = 2

/** The size of the event of a switch. */
const data = { event: 'x'.repeat(600) }

/**
 * The baseline of the audit log: pg-boss alone, used as its documentation says. Each event is a job; jobs are inserted
 * and worked on by the hundred, and nothing is done with them. Answers jobs per second, from the first insert to the last
 * one that was worked on.
 */
export async function bareBoss(url: string, jobs: number): Promise<number> {
  const schema = unique()
  const database = createPostgres({ url, pool_size: 6 })
  const boss = await createBoss(database, schema)
  boss.on('error', console.error)
  await boss.start()
  await boss.createQueue(QUEUE)
  let worked = 0
  const options = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 } as const
  const ids: string[] = []
  for (let i = 0; i < WORKERS; i++) {
    ids.push(
      await boss.work(QUEUE, options, async (some) => {
        worked += some.length
      }),
    )
  }
  const began = performance.now()
  for (let inserted = 0; inserted < jobs; inserted += BATCH) {
    await boss.insert(
      QUEUE,
      Array.from({ length: Math.min(BATCH, jobs - inserted) }, () => ({ data })),
    )
    for (const id of ids) boss.notifyWorker(id)
  }
  while (worked < jobs) await delay(5)
  const seconds = (performance.now() - began) / 1000
  await boss.stop({ graceful: false })
  await database.query(`DROP SCHEMA ${schema} CASCADE`)
  await database.close()
  return jobs / seconds
}

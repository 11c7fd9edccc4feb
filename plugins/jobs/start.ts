import { setTimeout as sleep } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { createBoss } from './boss.ts'
import type { Database } from './database.ts'

/** Something to do each time the connection to pg-boss is set up, before or after it has started. */
export type Step<T> = (target: T) => Promise<void>

type Options = {
  database: Database
  schema: string
  /** Run one after the other before pg-boss starts, for instance migrations. Repeated when a later one fails. */
  before: Step<Database>[]
  /** Run once pg-boss has started: queues, workers, schedules. */
  after: Step<PgBoss>[]
  log: { info(text: string): void; warn(details: object, text: string): void }
}

/** The server answers first: what follows costs seconds of computing. */
const HEAD_START_MS = 1000
const SHORTEST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000
/** Workers report each failed poll; while the database is away that is several a second. */
const QUIET_MS = 10_000

/** Starts pg-boss, and tries again for as long as the database is away. Null when it was aborted first. */
export async function startBoss(options: Options, signal: AbortSignal): Promise<PgBoss | null> {
  let pause_ms = SHORTEST_PAUSE_MS
  await sleep(HEAD_START_MS, undefined, { signal, ref: false }).catch(() => {})
  while (!signal.aborted) {
    try {
      return await attempt(options)
    } catch (error) {
      if (signal.aborted) return null
      options.log.warn({ err: error }, 'the database is not ready; events wait in the outbox')
      await sleep(pause_ms * (0.75 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => {})
      pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS)
    }
  }
  return null
}

async function attempt({ database, schema, before, after, log }: Options): Promise<PgBoss> {
  for (const step of before) await step(database)
  const boss = await createBoss(database, schema)
  let quiet_until = 0
  boss.on('error', (error) => {
    if (performance.now() < quiet_until) return
    quiet_until = performance.now() + QUIET_MS
    log.warn({ err: error }, 'a job worker failed; it goes on by itself')
  })
  boss.on('warning', (warning) => log.warn({ warning }, 'pg-boss warns'))
  try {
    await boss.start()
    for (const step of after) await step(boss)
    log.info('the database is ready')
    return boss
  } catch (error) {
    await stopBoss(boss)
    throw error
  }
}

/** Stops at once; whoever has workers lets them finish first. */
export async function stopBoss(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: false, close: false })
}

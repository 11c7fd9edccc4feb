import { setTimeout as sleep } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import type { Event } from '../../schemas/event.ts'
import { dbOf, queryOf } from '../jobs/boss.ts'
import type { Query } from '../jobs/database.ts'
import { type BatchData, type BatchJob, toDeadLetter, unpack } from './batch.ts'

export const QUEUE = 'events'
export const DEAD_LETTERS = 'events_dead'

/** Writes events inside the transaction of their job. `sifting`: an earlier try failed, perhaps for one of them. */
export type Write = (query: Query, events: Event[], sifting: boolean) => Promise<void>

/** Jobs that a worker takes at once. */
const JOBS_AT_ONCE = 4
/** How often a worker looks for what others have left, in s; its own jobs it is told of. */
const POLL_S = 1
/** How long a job may take, and how long it is believed of a worker that no longer says so, in s. */
const EXPIRE_S = 120
const HEARTBEAT_S = 10
const UNFINISHED = new Set(['created', 'retry', 'active'])
const SETTLE_POLL_MS = 50
/** How long a shutdown waits for a batch that is being written, in ms; one that is not finished is somebody else's then. */
const STOP_WITHIN_MS = 3000
/** Retries are for what passes: a server that restarts, two transactions that block each other. */
const RETRIES = { retryLimit: 200, retryDelay: 1, retryBackoff: true, retryDelayMax: 60 }

export type EventQueue = {
  /** Resolves when the jobs are stored; those that are there already are no error. */
  insert(jobs: BatchJob[]): Promise<void>
  /** Resolves when no job is waiting or being worked on, by whatever instance. */
  settled(): Promise<void>
  /** Resolves when no worker of this instance is at work any more, or seems to be for good. */
  stop(): Promise<void>
}

/** The queues in the database; safe to repeat. */
export async function createQueues(boss: PgBoss): Promise<void> {
  await boss.createQueue(DEAD_LETTERS, { retentionSeconds: 365 * 86_400 })
  await boss.createQueue(QUEUE, {
    ...RETRIES,
    deadLetter: DEAD_LETTERS,
    expireInSeconds: EXPIRE_S,
    heartbeatSeconds: HEARTBEAT_S,
    retentionSeconds: 365 * 86_400,
  })
}

/** Starts `workers` workers on the events that wait as jobs. */
export async function openEventQueue(boss: PgBoss, workers: number, write: Write): Promise<EventQueue> {
  await createQueues(boss)
  const options = {
    transactional: true,
    batchSize: JOBS_AT_ONCE,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: POLL_S,
    // A statement more for each batch; connections have a limit of their own.
    transactionTimeoutSeconds: 0,
  } as const
  const handle = (): Promise<string> =>
    boss.work<BatchData, void, typeof options>(QUEUE, options, async (jobs, tx) => {
      await write(
        queryOf(tx),
        jobs.flatMap(({ data }) => unpack(data)),
        jobs.some(({ retryCount }) => retryCount > 0),
      )
      // Completed jobs would keep all events a second time until pg-boss clears them away.
      await boss.deleteJob(
        QUEUE,
        jobs.map(({ id }) => id),
        { db: tx },
      )
    })
  const ids = await Promise.all(Array.from({ length: workers }, handle))
  let next = 0
  return {
    async insert(jobs) {
      await boss.insert(QUEUE, jobs)
      for (const _ of jobs) boss.notifyWorker(ids[next++ % ids.length] as string)
    },
    async settled() {
      while ((await boss.findJobs(QUEUE)).some(({ state }) => UNFINISHED.has(state)))
        await sleep(SETTLE_POLL_MS)
    },
    async stop() {
      const idle = boss.offWork(QUEUE, { wait: true })
      await Promise.race([idle, sleep(STOP_WITHIN_MS, undefined, { ref: false })])
    },
  }
}

/** Puts an event that can never be written aside, in the transaction of the others. */
export async function putAside(boss: PgBoss, query: Query, event: Event): Promise<void> {
  await boss.insert(DEAD_LETTERS, [toDeadLetter(event)], { db: dbOf(query) })
}

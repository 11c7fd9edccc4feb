import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Event } from '../../schemas/event.ts'
import type { Clock } from '../clock.ts'
import type { StateStore, StoredRecord } from '../store/state-store.ts'
import { runJsonOf } from './codec.ts'
import { TOPIC } from './decide.ts'
import type { RunHistory } from './history.ts'

const PAGE = 200
const PRUNE_INTERVAL_MS = 30_000

/** Keeps the newest `max_finished` of the runs that are over. Instances that do it at the same time do no harm. */
export function createPruning(
  store: Pick<StateStore, 'list' | 'count' | 'commit'>,
  history: Pick<RunHistory, 'remove'>,
  max_finished: number,
  clock: Pick<Clock, 'now'>,
) {
  const isOver = ({ label }: StoredRecord) => label === 'finished' || label === 'failed'

  const remove = async (expect: StoredRecord): Promise<void> => {
    const { run_id: id } = JSON.parse(runJsonOf(expect.document)) as { run_id: string }
    const version = expect.version + 1
    const event: Event = {
      topic: TOPIC,
      type: 'run.removed',
      key: id,
      epoch: expect.epoch,
      version,
      at: clock.now(),
      data: {},
    }
    const { outcome } = await store.commit(
      { topic: TOPIC, id },
      {
        expect,
        next: null,
        version,
        events: [event],
        deadline: null,
        lifetime_ms: 0,
        operation_id: randomUUID(),
      },
    )
    if (outcome === 'committed') await history.remove(id)
  }

  return async (): Promise<void> => {
    const counts = await Promise.all(['finished', 'failed'].map((label) => store.count(TOPIC, label)))
    if (counts.reduce((sum, count) => sum + count, 0) <= max_finished) return
    let kept = 0
    let cursor: string | null = null
    do {
      const page = await store.list(TOPIC, { limit: PAGE, ...(cursor === null ? {} : { cursor }) })
      for (const record of page.records.filter(isOver)) {
        if (kept < max_finished) kept++
        else await remove(record)
      }
      cursor = page.next
    } while (cursor !== null)
  }
}

/** Prunes from the app's start to its end. */
export function pruneRegularly(app: FastifyInstance, prune: () => Promise<void>): void {
  const attempt = () => prune().catch((err) => app.log.debug({ err }, 'old runs stay for now'))
  const stop = app.clock.every(PRUNE_INTERVAL_MS, attempt)
  app.addHook('preClose', async () => stop())
}

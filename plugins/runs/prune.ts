import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Event } from '../../schemas/event.ts'
import type { Clock } from '../clock.ts'
import type { StateStore } from '../store/state-store.ts'
import { decode } from './codec.ts'
import { TOPIC } from './decide.ts'
import type { RunHistory } from './history.ts'

const OVER = ['finished', 'failed']
const PAGE = 200
const PRUNE_INTERVAL_MS = 30_000

type Ended = { id: string; epoch: number; version: number; ended_at: number }

/** Keeps `max_finished` of the runs that are over, those that ended last. Instances that do it at the same time do no harm. */
export function createPruning(
  store: Pick<StateStore, 'list' | 'count' | 'read' | 'commit'>,
  history: Pick<RunHistory, 'remove'>,
  max_finished: number,
  clock: Pick<Clock, 'now'>,
) {
  /** By the server's clock: an end that its reporter dates may lie anywhere. */
  const endOf = (document: string) => {
    const { run_id: id, timed_out, end_at, reported_at } = decode(document)
    return { id, ended_at: timed_out ? (end_at ?? reported_at) : reported_at }
  }

  const readEnded = async (): Promise<Ended[]> => {
    const found: Ended[] = []
    for (const label of OVER) {
      let cursor: string | null = null
      do {
        const page = await store.list(TOPIC, { label, limit: PAGE, ...(cursor === null ? {} : { cursor }) })
        for (const { epoch, version, document } of page.records) {
          found.push({ ...endOf(document), epoch, version })
        }
        cursor = page.next
      } while (cursor !== null)
    }
    return found
  }

  const remove = async ({ id, ...ended }: Ended): Promise<void> => {
    const expect = await store.read({ topic: TOPIC, id })
    if (expect?.epoch !== ended.epoch || expect.version !== ended.version) return
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
    if (outcome === 'committed') await history.remove(id, expect.epoch)
  }

  return async (): Promise<void> => {
    const counts = await Promise.all(OVER.map((label) => store.count(TOPIC, label)))
    if (counts.reduce((sum, count) => sum + count, 0) <= max_finished) return
    const ended = await readEnded()
    ended.sort((a, b) => b.ended_at - a.ended_at || b.epoch - a.epoch)
    for (const each of ended.slice(max_finished)) await remove(each)
  }
}

/** Prunes from the app's start to its end. */
export function pruneRegularly(app: FastifyInstance, prune: () => Promise<void>): void {
  const attempt = () => prune().catch((err) => app.log.debug({ err }, 'old runs stay for now'))
  const stop = app.clock.every(PRUNE_INTERVAL_MS, attempt)
  app.addHook('preClose', async () => stop())
}

import type { FastifyInstance } from 'fastify'
import type { Cancel } from '../clock.ts'
import type { Unwatch } from '../store/state-store.ts'
import { type Board, RELOAD_INTERVAL_MS } from './board.ts'
import { TOPIC } from './decide.ts'
import type { Feed } from './feed.ts'

const RETRY_MS = 1000

/** Keeps the feed and the board up to date with what all instances commit, from the app's start to its end. */
export function followFeed(app: FastifyInstance, feed: Feed, board: Board): void {
  const { store, clock } = app
  let unwatch: Unwatch | null = null
  let cancelRetry: Cancel = () => {}
  let cancelReload: Cancel = () => {}
  let closed = false

  const load = (): Promise<void> =>
    board.load().catch((err) => app.log.debug({ err }, 'the runs cannot be counted for now'))

  const watcher = {
    onUpdate(broadcast: string) {
      for (const { id, run_id, version, status } of feed.add(broadcast)) {
        board.note(run_id, { epoch: Number(id.slice(0, id.indexOf('-'))), version }, status)
      }
    },
    onGap() {
      feed.gap()
      void load()
    },
  }

  /** A store that is away at the start must not keep the server from starting; whoever reads by then misses something. */
  const begin = async (late: boolean): Promise<void> => {
    try {
      unwatch = await store.watchTopic(TOPIC, watcher)
      if (closed) return unwatch()
      if (late) feed.gap()
      await load()
    } catch (err) {
      app.log.warn({ err }, 'the feed of runs cannot begin yet')
      if (!closed) cancelRetry = clock.at(clock.now() + RETRY_MS, () => void begin(true))
    }
  }

  app.addHook('onReady', async () => {
    await begin(false)
    cancelReload = clock.every(RELOAD_INTERVAL_MS, load)
  })
  app.addHook('preClose', async () => {
    closed = true
    cancelRetry()
    cancelReload()
    unwatch?.()
  })
}

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import presenceRoutes from '../../routes/presence/index.ts'
import type { Instances, Watchers } from '../../schemas/presence.ts'
import type { Cancel } from '../clock.ts'
import { VERSION } from '../http/version.ts'
import type { Key } from '../store/state-store.ts'
import { createRedisBoard } from './board.ts'
import { createFigures } from './figures.ts'
import { BEAT_INTERVAL_MS, createInstances } from './instances.ts'
import { askedFor, countJobs } from './pending.ts'
import { createWatchers, FLUSH_INTERVAL_MS } from './watchers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    presence: Presence
  }
}

export type Presence = {
  /** The instances of this deployment that are alive; while Redis is away this one alone. */
  instances(): Promise<Instances>
  /** Who watches a key, on all of them. */
  watchers(key: Key): Promise<Watchers>
}

/** How often the events that wait for the database are counted, and its jobs, in ms. */
const OUTBOX_INTERVAL_MS = 2000
const JOBS_INTERVAL_MS = 10_000

/** Who is there: the instances of a deployment, and the clients that watch something at them. None of it is kept. */
const plugin: FastifyPluginAsync = async (app) => {
  const { clock, redis } = app
  const { register } = app.metrics.client
  const id = randomUUID()
  const board = redis ? createRedisBoard(redis, id) : null

  const countOutbox = async () => {
    const { values } = (await register.getSingleMetric('synckairos_outbox_backlog')?.get()) ?? { values: [] }
    return values[0]?.value ?? null
  }
  const outbox = askedFor(clock, OUTBOX_INTERVAL_MS, countOutbox)
  const jobs = askedFor(clock, JOBS_INTERVAL_MS, () => countJobs(app.jobs))
  const instances = createInstances({
    board,
    clock,
    self: {
      id,
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      node: process.version,
      store: redis ? 'redis' : 'embedded',
      started_at: new Date(clock.now()).toISOString(),
    },
    figures: createFigures({
      register,
      clock,
      eventLoopDelay: () => app.memoryUsage().eventLoopDelay,
      pending: () => ({ outbox_pending: outbox(), jobs_pending: jobs() }),
    }),
    crowded: () => watchers.crowded,
  })
  const watchers = createWatchers({ hub: app.realtime.hub, board, others: instances.others, clock, id })

  app.decorate('presence', { instances: instances.list, watchers: watchers.of })

  const attempt = (what: () => Promise<void>) => () =>
    what().catch((err) => app.log.debug({ err }, 'the other instances cannot be told for now'))
  let stops: Cancel[] = []
  app.addHook('onReady', async () => {
    const beat = attempt(instances.beat)
    void beat()
    stops = [clock.every(BEAT_INTERVAL_MS, beat), clock.every(FLUSH_INTERVAL_MS, attempt(watchers.flush))]
  })
  app.addHook('preClose', async () => {
    for (const stop of stops) stop()
    await Promise.all([instances.idle(), watchers.close()])
    await board?.withdraw().catch(() => {})
  })
  await app.register(presenceRoutes)
}

export default fp(plugin, {
  name: 'presence',
  dependencies: ['clock', 'metrics', 'security', 'auth', 'redis', 'jobs', 'realtime'],
})

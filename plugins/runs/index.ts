import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import runRoutes from '../../routes/runs/index.ts'
import { createBoard } from './board.ts'
import { type Comparisons, createComparisons } from './comparison.ts'
import type { RunsConfig } from './config.ts'
import { TOPIC } from './decide.ts'
import { createFeed } from './feed.ts'
import { followFeed } from './follow.ts'
import { registerReaderGauge, registerRunGauges } from './gauges.ts'
import { pruneRegularly } from './prune.ts'
import { createRuns, type Runs } from './service.ts'
import { createSockets, type RunSockets } from './sockets.ts'
import { createStreams, type RunStreams } from './streams.ts'

export { RunsConfigSchema } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    runs: Runs & Comparisons & { sockets: RunSockets; streams: RunStreams }
  }
}

const HOUR_MS = 60 * 60 * 1000

/** Live reports of long jobs: what their reporters say, kept, compared, and told to whoever watches. */
const plugin: FastifyPluginAsync<RunsConfig> = async (app, config) => {
  const { store, clock, deadlines } = app
  const board = createBoard(store, clock)
  const feed = createFeed(config.RUN_FEED_EVENTS)
  const runs = createRuns({
    store,
    clock,
    deadlines,
    retention_ms: config.RUN_RETENTION_HOURS * HOUR_MS,
    max_finished: config.RUN_MAX_FINISHED,
    onChanged: board.note,
  })
  const { standing } = app.auth
  const streams = createStreams({ feed, clock, config, standing })
  const sockets = createSockets({ feed, clock, config, standing, admit: app.realtime.sockets.admit })

  app.decorate('runs', { ...runs, ...createComparisons(runs), sockets, streams })
  app.health.addCount('active_tests', () => board.active)
  app.health.addCount('total_tests', () => board.total)
  registerRunGauges(app.metrics.client, runs, config.RUN_METRICS_MAX)
  registerReaderGauge(app.metrics.client, { sse: streams, ws: sockets })
  deadlines.handle(TOPIC, runs.settle)
  followFeed(app, feed, board)
  pruneRegularly(app, runs.prune)

  app.addHook('preClose', async () => {
    streams.close()
    sockets.close()
  })
  app.addHook('onClose', runs.idle)
  await app.register(runRoutes)
}

export default fp(plugin, {
  name: 'runs',
  dependencies: ['clock', 'metrics', 'health', 'auth', 'store', 'deadlines', 'realtime'],
})

import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import sessionRoutes from '../../routes/sessions/index.ts'
import { createSessions, type Sessions, TOPIC } from './service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

/** How often the log is told of losses, in ms, at most. */
const WARNING_INTERVAL_MS = 60_000

const plugin: FastifyPluginAsync = async (app) => {
  const { client } = app.metrics
  const registers = [client.register]
  const conflicts = new client.Counter({
    name: 'synckairos_conflicts_total',
    help: 'Commits that lost against another instance and were decided anew',
    registers,
  })
  new client.Gauge({
    name: 'synckairos_active_sessions',
    help: 'Sessions that are running, on all instances together',
    registers,
    async collect() {
      const running = await app.store.count(TOPIC, 'running').catch(() => null)
      if (running !== null) this.set(running)
    },
  })

  const regressions = new client.Counter({
    name: 'synckairos_store_regressions_total',
    help: 'Sessions of which the store had lost changes, and that went on above them',
    registers,
  })
  let warned_at = Number.NEGATIVE_INFINITY
  /** It mostly concerns many sessions at once, of which one is enough for the log. */
  const onLoss = (session_id: string, version: number) => {
    regressions.inc()
    if (app.clock.now() - warned_at < WARNING_INTERVAL_MS) return
    warned_at = app.clock.now()
    app.log.warn({ session_id, version }, 'the store has lost changes of sessions, which go on without them')
  }

  const sessions = createSessions({
    store: app.store,
    clock: app.clock,
    deadlines: app.deadlines,
    onConflict: () => conflicts.inc(),
    onLoss,
  })
  app.decorate('sessions', sessions)
  app.deadlines.handle(TOPIC, (id) => sessions.settle(id))
  app.addHook('onClose', () => sessions.idle())
  await app.register(sessionRoutes)
}

export default fp(plugin, {
  name: 'sessions',
  dependencies: ['clock', 'metrics', 'auth', 'rate-limit', 'store', 'deadlines'],
})

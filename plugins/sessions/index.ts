import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import sessionRoutes from '../../routes/sessions/index.ts'
import { createSessions, type Sessions, TOPIC } from './service.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

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

  const sessions = createSessions({
    store: app.store,
    clock: app.clock,
    deadlines: app.deadlines,
    onConflict: () => conflicts.inc(),
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

import type { FastifyPluginAsync } from 'fastify'
import events from './events.ts'
import stats from './stats.ts'

/** What the audit log knows of sessions: beside their own routes, under the same addresses. */
const routes: FastifyPluginAsync = async (app) => {
  await app.register(
    async (scope) => {
      await scope.register(events)
      await scope.register(stats)
    },
    { prefix: '/v1/sessions' },
  )
}

export default routes

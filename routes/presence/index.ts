import type { FastifyPluginAsync } from 'fastify'
import instances from './instances.ts'
import watchers from './watchers.ts'

/** Who is there. */
const routes: FastifyPluginAsync = async (app) => {
  await app.register(instances)
  await app.register(watchers)
}

export default routes

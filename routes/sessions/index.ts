import type { FastifyPluginAsync } from 'fastify'
import create from './create.ts'
import lifecycle from './lifecycle.ts'
import read from './read.ts'
import remove from './remove.ts'
import switchTurn from './switch.ts'

/** Everything under /v1/sessions, apart from the event stream (realtime) and the history (persistence). */
const routes: FastifyPluginAsync = async (app) => {
  await app.register(
    async (scope) => {
      await scope.register(create)
      await scope.register(read)
      await scope.register(lifecycle)
      await scope.register(switchTurn)
      await scope.register(remove)
    },
    { prefix: '/v1/sessions' },
  )
}

export default routes

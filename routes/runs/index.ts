import type { FastifyPluginAsync } from 'fastify'
import compare from './compare.ts'
import read from './read.ts'
import report from './report.ts'
import watch from './watch.ts'

/** Everything about runs, under the paths of syncoor's clients and under our own. */
const routes: FastifyPluginAsync = async (app) => {
  await app.register(watch)
  for (const prefix of ['/api/v1/tests', '/v1/runs']) {
    await app.register(
      async (scope) => {
        await scope.register(report)
        await scope.register(read)
        await scope.register(compare)
      },
      { prefix },
    )
  }
}

export default routes

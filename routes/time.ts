import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../schemas/error.ts'
import { TimeQuerySchema, TimeSchema } from '../schemas/time.ts'

const ABOUT = { server_version: '2.0.0', drift_tolerance_ms: 50 }

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/time',
    {
      config: { rateLimit: false },
      schema: {
        tags: ['time'],
        summary: 'The time that all instances agree on',
        querystring: TimeQuerySchema,
        response: { 200: TimeSchema, ...failures },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { t0 } = request.query
      const bare = { timestamp_ms: app.clock.now(), ...ABOUT }
      if (t0 === undefined) return bare
      // elapsedTime counts from before the first hook, which is as early as the request can be seen.
      const t2 = app.clock.precise()
      return { ...bare, t0, t1: t2 - reply.elapsedTime, t2 }
    },
  )
}

export default routes

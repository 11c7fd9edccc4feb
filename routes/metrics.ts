import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/metrics',
    {
      config: { quiet: true, rateLimit: false, pressureHandler: () => {} },
      schema: {
        tags: ['operation'],
        summary: 'Metrics for Prometheus',
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      const { register } = app.metrics.client
      return reply.type(register.contentType).send(await register.metrics())
    },
  )
}

export default routes

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../schemas/error.ts'
import { HealthSchema, ReadinessSchema } from '../schemas/health.ts'

/** Those who ask must get an answer whatever the load is, and ask too often to be worth a log line. */
const config = { quiet: true, rateLimit: false, pressureHandler: () => {} } as const

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/health',
    {
      config,
      schema: {
        tags: ['operation'],
        summary: 'Is the process alive',
        response: { 200: HealthSchema, ...failures },
      },
    },
    async () => ({
      status: 'ok' as const,
      data: {
        status: 'healthy' as const,
        active_tests: app.health.count('active_tests'),
        total_tests: app.health.count('total_tests'),
      },
    }),
  )

  app.get(
    '/ready',
    {
      config,
      schema: {
        tags: ['operation'],
        summary: 'Can requests be served',
        response: { 200: ReadinessSchema, 503: ReadinessSchema, ...failures },
      },
    },
    async (_request, reply) => {
      const readiness = await app.health.readiness()
      return reply
        .code(readiness.status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(readiness)
    },
  )
}

export default routes

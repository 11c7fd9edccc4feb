import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { InstancesSchema } from '../../schemas/presence.ts'

/** For pages that ask every few seconds, when the server is busy most of all; the answer is made once a second at most. */
const config = { quiet: true, rateLimit: false, pressureHandler: () => {} } as const

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/instances',
    {
      config,
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['operation'],
        summary: 'The instances of this deployment and how they are',
        description:
          'Each tells of itself every 2 s; one that has died is gone after 10 s. While Redis is away only the one that ' +
          'answers is told, and partial is true.',
        response: { 200: Data(InstancesSchema), ...failures },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { data: await app.presence.instances() }
    },
  )
}

export default route

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { StatsQuerySchema, StatsSchema } from '../../schemas/history.ts'
import { SessionParams } from '../sessions/http.ts'

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:id/stats',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['sessions'],
        summary: 'Turns and times of each participant, also when the session is gone',
        description: 'From the audit log; of a session that was created again, the newest life.',
        params: SessionParams,
        querystring: StatsQuerySchema,
        response: { 200: Data(StatsSchema), ...failures },
      },
    },
    async (request) => ({ data: await app.history.stats(request.params.id, request.query) }),
  )
}

export default route

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data, IdParams } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { WatchersSchema } from '../../schemas/presence.ts'

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/sessions/:id/watchers',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['sessions'],
        summary: 'Who watches a session, on all instances',
        description:
          'Sockets and event streams, those included that wait for a session that is not there yet. What happens at ' +
          'another instance than the one that answers is a second or two old; the watchers of an instance that has ' +
          'died are gone with it, after 10 s.',
        params: IdParams('id', 'session_id'),
        response: { 200: Data(WatchersSchema), ...failures },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return { data: await app.presence.watchers({ topic: 'sessions', id: request.params.id }) }
    },
  )
}

export default route

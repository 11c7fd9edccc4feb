import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { failures } from '../../schemas/error.ts'
import { ConditionHeaders, conditionsOf, markReplay, SessionParams, sendNothing } from './http.ts'

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.delete(
    '/:id',
    {
      onRequest: app.auth.requireToken,
      schema: {
        tags: ['sessions'],
        summary: 'Delete a session; one that does not exist is no error',
        params: SessionParams,
        headers: ConditionHeaders,
        response: { 204: Type.Null(), ...failures },
      },
    },
    async (request, reply) => {
      markReplay(reply, await app.sessions.remove(request.params.id, conditionsOf(request)))
      return sendNothing(reply, 204)
    },
  )
}

export default route

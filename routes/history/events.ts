import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { HistoryQuerySchema, HistorySchema } from '../../schemas/history.ts'
import { SessionParams, sendJson } from '../sessions/http.ts'

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:id/history',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['sessions'],
        summary: 'What happened in a session, also when it is gone',
        description:
          'From the audit log, which follows within a second or so: min_version waits for a version, `version` tells how far it is.',
        params: SessionParams,
        querystring: HistoryQuerySchema,
        response: {
          200: {
            description: 'Events in the order in which they happened',
            content: {
              'application/json': { schema: Data(HistorySchema) },
              'text/csv': { schema: Type.String() },
            },
          },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { format, ...question } = request.query
      if (format === 'json') return sendJson(reply, `{"data":${await app.history.page(id, question)}}`)
      const lines = await app.history.csv(id, question)
      // The declared answer is JSON's; a stream passes by it.
      return (reply as FastifyReply)
        .type('text/csv; charset=utf-8; header=present')
        .header('content-disposition', 'attachment; filename="history.csv"')
        .send(Readable.from(lines))
    },
  )
}

export default route

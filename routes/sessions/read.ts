import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { ListQuerySchema, SessionListSchema, SessionSchema } from '../../schemas/session.ts'
import { entityTags, SessionParams, sendJson, sendNothing, sendRecord } from './http.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['sessions'],
        summary: 'List sessions, newest first',
        querystring: ListQuerySchema,
        response: { 200: Data(SessionListSchema), ...failures },
      },
    },
    async (request, reply) => {
      const { records, next } = await app.sessions.list(request.query)
      const sessions = records.map((record) => record.document).join(',')
      return sendJson(reply, `{"data":{"sessions":[${sessions}],"next_cursor":${JSON.stringify(next)}}}`)
    },
  )

  app.get(
    '/:id',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['sessions'],
        summary: 'Read a session',
        description:
          'Durations are as of cycle_started_at: calculate what is left, do not count. Answers 304 to If-None-Match.',
        params: SessionParams,
        response: { 200: Data(SessionSchema), ...failures },
      },
    },
    async (request, reply) => {
      const record = await app.sessions.get(request.params.id)
      const etag = app.sessions.etag(record)
      const known = entityTags(request.headers['if-none-match'])
      if (known?.includes(etag) || known?.includes('*')) return sendNothing(reply.header('etag', etag), 304)
      return sendRecord(reply, record, etag)
    },
  )
}

export default routes

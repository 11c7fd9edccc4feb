import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { NewSession } from '../../engine/session/state.ts'
import type { StoredRecord } from '../../plugins/store/state-store.ts'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { CreateSessionSchema, SessionSchema } from '../../schemas/session.ts'
import { ConditionHeaders, conditionsOf, markReplay, sendRecord } from './http.ts'

/** 1,000 participants with their ids are about 200 KB. */
const BODY_LIMIT_BYTES = 512 * 1024

const route: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      onRequest: app.auth.requireToken,
      schema: {
        tags: ['sessions'],
        summary: 'Create a session',
        description:
          'The identical request again is answered with the stored session; another one with its id gets 409.',
        headers: ConditionHeaders,
        body: CreateSessionSchema,
        response: { 201: Data(SessionSchema), ...failures },
      },
    },
    async (request, reply) => {
      const answer = await app.sessions.create(request.body as NewSession, conditionsOf(request))
      const record = answer.record as StoredRecord
      markReplay(reply, answer)
      reply.code(201).header('location', `/v1/sessions/${request.body.session_id}`)
      return sendRecord(reply, record, app.sessions.etag(record))
    },
  )
}

export default route

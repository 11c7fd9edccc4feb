import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { StoredRecord } from '../../plugins/store/state-store.ts'
import { Data, Strict } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { SessionSchema } from '../../schemas/session.ts'
import { ConditionHeaders, conditionsOf, emptyBody, markReplay, SessionParams, sendRecord } from './http.ts'

const summaries = {
  start: 'Start a session: the lowest participant_index gets the first turn',
  pause: 'Pause a session: the running turn is charged',
  resume: 'Resume a paused session',
  complete: 'Complete a session, from every status; again changes nothing',
}

const routes: FastifyPluginAsyncTypebox = async (app) => {
  for (const type of ['start', 'pause', 'resume', 'complete'] as const) {
    app.post(
      `/:id/${type}`,
      {
        onRequest: app.auth.requireToken,
        preValidation: emptyBody,
        schema: {
          tags: ['sessions'],
          summary: summaries[type],
          params: SessionParams,
          headers: ConditionHeaders,
          body: Strict({}),
          response: { 200: Data(SessionSchema), ...failures },
        },
      },
      async (request, reply) => {
        const answer = await app.sessions.command(request.params.id, { type }, conditionsOf(request))
        const record = answer.record as StoredRecord
        markReplay(reply, answer)
        return sendRecord(reply, record, app.sessions.etag(record))
      },
    )
  }
}

export default routes

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Command } from '../../engine/session/transitions.ts'
import type { StoredRecord } from '../../plugins/store/state-store.ts'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { type Session, SwitchResultSchema, SwitchSchema } from '../../schemas/session.ts'
import { ConditionHeaders, conditionsOf, emptyBody, markReplay, SessionParams } from './http.ts'

const route: FastifyPluginAsyncTypebox = async (app) => {
  const duration = new app.metrics.client.Histogram({
    name: 'synckairos_switch_cycle_duration_ms',
    help: 'Time from a switch request to its committed answer, in ms',
    buckets: [1, 2, 3, 5, 10, 25, 50, 100, 250, 1000],
    registers: [app.metrics.client.register],
  })

  app.post(
    '/:id/switch',
    {
      onRequest: app.auth.requireToken,
      preValidation: emptyBody,
      schema: {
        tags: ['sessions'],
        summary: 'End the turn and give it to the next participant, or to the one named',
        params: SessionParams,
        headers: ConditionHeaders,
        body: SwitchSchema,
        response: { 200: Data(SwitchResultSchema), ...failures },
      },
    },
    async (request, reply) => {
      const began = app.clock.precise()
      const { id } = request.params
      await app.rateLimits.switch(request, reply, id)
      const command = { type: 'switch', ...request.body } as Command
      const answer = await app.sessions.command(id, command, conditionsOf(request))
      const record = answer.record as StoredRecord
      const session = answer.session ?? (JSON.parse(record.document) as Session)
      markReplay(reply, answer)
      reply.header('etag', app.sessions.etag(record))
      duration.observe(app.clock.precise() - began)
      return {
        data: {
          session_id: session.session_id,
          version: session.version,
          active_participant_id: session.active_participant_id,
          cycle_started_at: session.cycle_started_at,
          participants: session.participants,
          status: session.status,
          ...(answer.expired_participant_id === null
            ? {}
            : { expired_participant_id: answer.expired_participant_id }),
        },
      }
    },
  )
}

export default route

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { RunDetailSchema, RunListQuerySchema, RunListSchema } from '../../schemas/run.ts'
import { RunParams, sendText } from './http.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['runs'],
        summary: 'List runs, newest first',
        querystring: RunListQuerySchema,
        response: { 200: Data(RunListSchema), ...failures },
      },
    },
    async (request, reply) => {
      const { runs, ...rest } = await app.runs.list(request.query)
      // Each was serialised when it was committed.
      const counts = JSON.stringify(rest).slice(1)
      return sendText(reply, 'application/json', `{"data":{"tests":[${runs.join(',')}],${counts}}`)
    },
  )

  app.get(
    '/:run_id',
    {
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['runs'],
        summary: 'Read a run with its history',
        params: RunParams,
        response: { 200: Data(RunDetailSchema), ...failures },
      },
    },
    async ({ params }, reply) => {
      return sendText(
        reply,
        'application/json',
        JSON.stringify({ data: await app.runs.detail(params.run_id) }),
      )
    },
  )
}

export default routes

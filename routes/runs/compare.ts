import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import {
  BaselineQuerySchema,
  BaselineSchema,
  CompareQuerySchema,
  ComparisonSchema,
} from '../../schemas/run-comparison.ts'
import { toCsv } from './csv.ts'
import { RunParams, sendText } from './http.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const onRequest = app.auth.requireReadToken

  app.get(
    '/compare',
    {
      onRequest,
      schema: {
        tags: ['runs'],
        summary: 'Compare runs along a common axis',
        querystring: CompareQuerySchema,
        response: { 200: Data(ComparisonSchema), ...failures },
      },
    },
    async ({ query }) => ({ data: await app.runs.compare(query) }),
  )

  app.get(
    '/:run_id/baseline',
    {
      onRequest,
      schema: {
        tags: ['runs'],
        summary: 'Judge a run by a baseline, for CI: duration, final disk usage, peak memory',
        params: RunParams,
        querystring: BaselineQuerySchema,
        response: { 200: Data(BaselineSchema), ...failures },
      },
    },
    async ({ params, query }) => ({ data: await app.runs.baseline(params.run_id, query) }),
  )

  app.get(
    '/:run_id/export',
    {
      onRequest,
      schema: {
        tags: ['runs'],
        summary: 'Download a run: its history as CSV, or all of it as JSON',
        params: RunParams,
        querystring: Type.Object({
          format: Type.Union([Type.Literal('csv'), Type.Literal('json')], { default: 'json' }),
        }),
        response: failures,
      },
    },
    async ({ params, query: { format } }, reply) => {
      const run = await app.runs.detail(params.run_id)
      reply.header('content-disposition', `attachment; filename="${fileName(run.run_id)}.${format}"`)
      if (format === 'csv') return sendText(reply, 'text/csv', toCsv(run.progress_history))
      return sendText(reply, 'application/json', JSON.stringify({ data: run }, null, 2))
    },
  )
}

/** Colons are not allowed in names everywhere, and a leading dot hides a file. */
const fileName = (id: string): string => `run-${id.replaceAll(':', '_')}`

export default routes

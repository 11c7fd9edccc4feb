import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import {
  AcknowledgedSchema,
  CompleteRunSchema,
  KeepaliveRunSchema,
  ProgressSchema,
  StartRunSchema,
} from '../../schemas/run.ts'
import { REPORT_LIMIT_BYTES, RunParams, reportConfig, requireReporter } from './http.ts'
import { toCompletion, toProgress, toRunReport } from './reports.ts'

const acknowledged = { 200: Data(AcknowledgedSchema), ...failures }

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const options = {
    config: reportConfig,
    bodyLimit: REPORT_LIMIT_BYTES,
    onRequest: requireReporter(app),
  }

  app.post(
    '/start',
    {
      ...options,
      schema: {
        tags: ['runs'],
        summary: 'Start a run',
        description: 'The same request again is answered with 200; another one for its run_id gets 409.',
        body: StartRunSchema,
        response: { 201: Data(AcknowledgedSchema), ...acknowledged },
      },
    },
    async ({ body }, reply) => {
      const created = await app.runs.report(body.run_id, toRunReport('start', body, app.clock.now()))
      return reply.code(created ? 201 : 200).send({ data: { status: 'created' } })
    },
  )

  app.post(
    '/keepalive',
    {
      ...options,
      schema: {
        tags: ['runs'],
        summary: 'Tell that a run goes on; starts it when it is not known',
        body: KeepaliveRunSchema,
        response: acknowledged,
      },
    },
    async ({ body }) => {
      await app.runs.report(body.run_id, toRunReport('keepalive', body, app.clock.now()))
      return { data: { status: 'acknowledged' } }
    },
  )

  app.post(
    '/:run_id/progress',
    {
      ...options,
      schema: {
        tags: ['runs'],
        summary: 'Report what a run measures',
        description: "Ordered by the reporter's timestamp; each instant counts once.",
        params: RunParams,
        body: ProgressSchema,
        response: acknowledged,
      },
    },
    async ({ params, body }) => {
      await app.runs.report(params.run_id, toProgress(body, app.clock.now()))
      return { data: { status: 'updated' } }
    },
  )

  app.post(
    '/:run_id/complete',
    {
      ...options,
      schema: {
        tags: ['runs'],
        summary: 'Report how a run ended',
        description: 'The same outcome again changes nothing; another one gets 409.',
        params: RunParams,
        body: CompleteRunSchema,
        response: acknowledged,
      },
    },
    async ({ params, body }) => {
      await app.runs.report(params.run_id, toCompletion(body, app.clock.now()))
      return { data: { status: 'completed' } }
    },
  )
}

export default routes

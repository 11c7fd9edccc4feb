import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { IdParams } from '../../schemas/common.ts'

export const RunParams = IdParams('run_id', 'run_id')

/** Reporters of one address (a CI) each report every few seconds: the general limit is not meant for them. */
export const reportConfig = { rateLimit: false } as const

/** Asks for a token. Whoever has none counts against the general limit of its address all the same: it may be guessing. */
export function requireReporter(app: FastifyInstance): onRequestAsyncHookHandler {
  const limit = app.hasDecorator('rateLimit') ? app.rateLimit() : null
  return async (request, reply) => {
    try {
      await app.auth.requireToken(request)
    } catch (error) {
      await limit?.call(app, request, reply)
      throw error
    }
  }
}

/** A long list of arguments and variables, and a system_info. */
export const REPORT_LIMIT_BYTES = 128 * 1024

export const FeedQuery = Type.Object({
  stream: Type.Optional(Type.Literal('tests', { description: 'The only one there is' })),
  last_event_id: Type.Optional(
    Type.String({ maxLength: 256, description: 'As Last-Event-ID, where headers cannot be set' }),
  ),
})

/** The id of the last message that a reader had. */
export function lastIdOf(request: FastifyRequest): string | undefined {
  const header = request.headers['last-event-id']
  const { last_event_id } = request.query as Static<typeof FeedQuery>
  return (typeof header === 'string' && header !== '' ? header : last_event_id) || undefined
}

/** Sends what is text already. */
export const sendText = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.type(`${type}; charset=utf-8`).send(text)

import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { IdParams } from '../../schemas/common.ts'

export const RunParams = IdParams('run_id', 'run_id')

/** Reporters of one address (a CI) each report every few seconds: the general limit is not meant for them. */
export const reportConfig = { rateLimit: false } as const

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

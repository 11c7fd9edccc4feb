import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { validationError } from '../../engine/errors.ts'
import type { Answer, Conditions } from '../../plugins/sessions/service.ts'
import type { StoredRecord } from '../../plugins/store/state-store.ts'
import { IdParams } from '../../schemas/common.ts'

export const SessionParams = IdParams('id', 'session_id')

/** The request headers that make a change conditional or repeatable. */
export const ConditionHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'Entity tags: 412 when the session carries none of them' }),
  ),
  'idempotency-key': Type.Optional(
    Type.String({ description: 'The same request with the same key takes effect once (kept for an hour)' }),
  ),
})

const LONGEST_KEY = 255

/** RFC 9110, 13.1: a list of entity tags; the weak ones count as what they name. */
export const entityTags = (header: string | undefined): string[] | undefined =>
  header?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))

/** What a request asks for beside its body. @throws DomainError VALIDATION_ERROR */
export function conditionsOf(request: FastifyRequest): Conditions {
  const headers = request.headers as Static<typeof ConditionHeaders>
  const key = headers['idempotency-key']
  if (key !== undefined && (key.length === 0 || key.length > LONGEST_KEY)) {
    throw validationError([{ field: 'idempotency-key', message: `must have 1 to ${LONGEST_KEY} characters` }])
  }
  return {
    if_match: entityTags(headers['if-match']),
    idempotency: key === undefined ? undefined : { key, fingerprint: fingerprint(request) },
  }
}

/** Tells requests apart: the same for a repetition, another for anything else. */
function fingerprint({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body) ?? ''}`)
    .digest('base64url')
}

/** No body means the same as an empty object. */
export const emptyBody = async (request: FastifyRequest): Promise<void> => {
  if (request.body === undefined) request.body = {}
}

/** Marks an answer that was given before. */
export function markReplay(reply: FastifyReply, answer: Answer): void {
  if (answer.replayed) reply.header('idempotency-replayed', 'true')
}

/** Sends the stored document as it is: it was serialised when it was committed. */
export function sendRecord(reply: FastifyReply, record: StoredRecord, etag: string): FastifyReply {
  return sendJson(reply.header('etag', etag), `{"data":${record.document}}`)
}

/** Sends JSON that is text already. */
export const sendJson = (reply: FastifyReply, json: string): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(json)

export const sendNothing = (reply: FastifyReply, code: 204 | 304): FastifyReply => reply.code(code).send()

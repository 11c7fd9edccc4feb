import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainError, validationError } from '../../engine/errors.ts'
import { checkBody } from '../../engine/json.ts'

/**
 * Makes JSON the only kind of body, strictly read: UTF-8, at most BODY_DEPTH deep, no name that could reach a
 * prototype. An empty body is `undefined` whatever its Content-Type says, as `curl -d ''` and old clients send it.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => parse(request, body),
  )
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => {
    if (body.length > 0) throw unsupported('The body must be application/json')
  })
}

function parse(request: FastifyRequest, body: Buffer): unknown {
  if (body.length === 0) return undefined
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw unsupported('The body must not be compressed')
  if (!isUtf8(body)) throw malformed('must be UTF-8')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw malformed('must be valid JSON')
  }
  const problems = checkBody(value)
  if (problems.length > 0) throw validationError(problems.slice(0, 20))
  return value
}

function malformed(message: string): DomainError {
  return validationError([{ field: '', message }])
}

function unsupported(message: string): DomainError {
  return new DomainError('unsupported', 'UNSUPPORTED_MEDIA_TYPE', message)
}

import { promisify } from 'node:util'
import { constants, brotliCompress as createBrotli, gzip as createGzip } from 'node:zlib'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { accepts } from './http/accepts.ts'

const brotli = promisify(createBrotli)
const gzip = promisify(createGzip)

/** What fits into one packet gains nothing. */
const LEAST_BYTES = 1400
/** Fast, and a list is a tenth of itself all the same. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

/**
 * Compresses lists, histories and comparisons for whoever takes it: pages on phones read the same names over and over. What
 * has an entity tag is left alone, as the tag means these bytes, and so are streams, whose events are not to wait, and
 * what is compressed already.
 */
const plugin: FastifyPluginAsync = async (app) => {
  // Without a promise where there is nothing to do, as most answers are short.
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.method !== 'GET' || typeof payload !== 'string' || payload.length < LEAST_BYTES) {
      done(null, payload)
    } else compressText(request, reply, payload).then((text) => done(null, text), done)
  })
}

async function compressText(request: FastifyRequest, reply: FastifyReply, payload: string) {
  const type = String(reply.getHeader('content-type'))
  if (!type.startsWith('application/json') || reply.hasHeader('etag') || reply.hasHeader('content-encoding'))
    return payload
  const vary = reply.getHeader('vary')
  reply.header('vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`)
  const accepted = request.headers['accept-encoding']
  const encoding = accepts(accepted, 'br') ? 'br' : accepts(accepted, 'gzip') ? 'gzip' : null
  if (encoding === null) return payload
  reply.header('content-encoding', encoding).removeHeader('content-length')
  return encoding === 'br' ? brotli(payload, QUALITY) : gzip(payload)
}

export default fp(plugin, { name: 'compress' })

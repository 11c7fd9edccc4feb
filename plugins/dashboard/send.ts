import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accepts } from '../http/accepts.ts'
import type { Asset } from './site.ts'

/** A page is many small files, so what each of them says about itself is kept short. */
const FOREVER = 'max-age=31536000, immutable'
/** What says something about answers and documents, and nothing about a file that a page is made of. */
const OF_DOCUMENTS = ['x-request-id', 'content-security-policy']
const unzip = promisify(gunzip)

/** Answers with an asset in the best form that the client takes, or a page with 304 when the client has it. */
export async function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): Promise<void> {
  const { type, hash, body, policy } = asset
  if (policy === null) {
    for (const name of OF_DOCUMENTS) reply.removeHeader(name)
    // Connections are kept anyway, and what never changes is never asked about again.
    reply.raw.removeHeader('connection')
    reply.header('cache-control', FOREVER)
  } else {
    // Weak, since the compressed forms share it.
    const tag = `W/"${hash}"`
    reply.headers({ etag: tag, 'cache-control': 'no-cache', 'content-security-policy': policy })
    if (has(request.headers['if-none-match'], tag)) return reply.code(304).send()
  }
  if ('br' in body) reply.header('vary', 'Accept-Encoding')

  reply.type(type)
  if ('identity' in body) return reply.send(body.identity)
  const accepted = request.headers['accept-encoding']
  if (accepts(accepted, 'br')) return reply.header('content-encoding', 'br').send(body.br)
  if (accepts(accepted, 'gzip')) return reply.header('content-encoding', 'gzip').send(body.gzip)
  return reply.send(await unzip(body.gzip))
}

function has(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((each) => each.trim() === tag || each.trim() === '*') ?? false
}

import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import asyncapiRoute from '../../routes/asyncapi.ts'

declare module 'fastify' {
  interface FastifyInstance {
    asyncapi: { document(): Promise<Description> }
  }
}

/** The document as JSON text, and its entity tag. */
export type Description = { text: string; etag: string }

/** Describes what goes over sockets and streams, as openapi does with requests; made when somebody first asks. */
const plugin: FastifyPluginAsync = async (app) => {
  let made: Promise<Description> | undefined

  async function make(): Promise<Description> {
    const { createDocument } = await import('./document.ts')
    const text = JSON.stringify(createDocument())
    return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` }
  }

  app.decorate('asyncapi', {
    document() {
      made ??= make()
      return made
    },
  })
  await app.register(asyncapiRoute)
}

export default fp(plugin, { name: 'asyncapi' })

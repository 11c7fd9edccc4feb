import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import fp from 'fastify-plugin'
import { VERSION } from './http/version.ts'

type Route = Pick<RouteOptions, 'method' | 'url' | 'schema'>

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'SyncKairos',
    version: VERSION,
    description:
      'What several clients must agree on in real time: turn clocks and the progress of long runs. The messages of ' +
      'WebSockets and event streams are described in [AsyncAPI](/docs/asyncapi).',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  tags: [
    { name: 'sessions', description: 'Turn clocks that many clients share' },
    { name: 'runs', description: 'Long jobs that report how far they are' },
    { name: 'realtime', description: 'Changes as they happen' },
    { name: 'time', description: 'The clock of the server' },
    { name: 'operation', description: 'For those who run the server' },
  ],
  components: {
    securitySchemes: {
      bearer: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'One of AUTH_TOKENS, where any are configured',
      },
    },
  },
}

/** swagger-ui's own policy also upgrades to https, which a server on a plain address does not speak. */
const POLICY = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'frame-ancestors': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
}

/** What of the page's own answers is passed on; the rest is this server's. */
const PASSED_ON = [
  'content-type',
  'content-security-policy',
  'cache-control',
  'etag',
  'last-modified',
  'location',
]

/**
 * The API described by the schemas that check it: a page at /docs, the document at /docs/json. Both are made when
 * somebody first asks, by an instance of their own: they take a fifth of the time and memory of a whole start.
 */
const plugin: FastifyPluginAsync = async (app) => {
  const routes: Route[] = []
  let docs: Promise<FastifyInstance> | undefined

  app.addHook('onRoute', ({ method, url, schema }) => {
    if (schema && !schema.hide && method !== 'HEAD') routes.push({ method, url, schema })
  })

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    docs ??= createDocs(routes)
    const page = await (await docs).inject({ url: request.url, headers: request.headers })
    if (page.statusCode === 404) return reply.callNotFound()
    for (const name of PASSED_ON) {
      const value = page.headers[name]
      if (value !== undefined) reply.header(name, value)
    }
    return reply.code(page.statusCode).send(page.rawPayload)
  }
  for (const url of ['/docs', '/docs/*']) app.get(url, { schema: { hide: true } }, answer)

  app.addHook('onClose', async () => {
    const made = await docs?.catch(() => null)
    await made?.close()
  })
}

async function createDocs(routes: Route[]): Promise<FastifyInstance> {
  const [swagger, ui] = await Promise.all([import('@fastify/swagger'), import('@fastify/swagger-ui')])
  const docs = Fastify({ exposeHeadRoutes: false })
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  await docs.register(swagger.default, {
    openapi: DOCUMENT,
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, i) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${i}`,
    },
  })
  await docs.register(ui.default, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true },
    staticCSP: POLICY,
  })
  for (const route of routes) docs.route({ ...route, handler: async () => {} })
  await docs.ready()
  return docs
}

export default fp(plugin, { name: 'openapi' })

import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

const self = "'self'"

/** The API described by the schemas that check it: a page at /docs, the document at /docs/json. */
const plugin: FastifyPluginAsync = async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'SyncKairos',
        version: '2.0.0',
        description:
          'What several clients must agree on in real time: turn clocks and the progress of long runs.',
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
            type: 'http',
            scheme: 'bearer',
            description: 'One of AUTH_TOKENS, where any are configured',
          },
        },
      },
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, i) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${i}`,
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true },
    // The page's own default also upgrades to https, which a server on a plain address does not speak.
    staticCSP: {
      'default-src': [self],
      'base-uri': [self],
      'frame-ancestors': [self],
      'img-src': [self, 'data:'],
      'object-src': ["'none'"],
      'script-src': [self],
      'style-src': [self, "'unsafe-inline'"],
    },
  })
}

export default fp(plugin, { name: 'openapi' })

import cors from '@fastify/cors'
import underPressure from '@fastify/under-pressure'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError } from '../engine/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether CORS_ORIGIN lets pages of this origin in; everything may in without CORS_ORIGIN or without an Origin. */
    allowsOrigin(origin: string | undefined): boolean
  }
}

export const SecurityConfigSchema = Type.Object({
  CORS_ORIGIN: Type.Optional(
    Type.String({
      format: 'origin-list',
      description: 'Origins whose pages may use the API, comma-separated, or *; none: no CORS headers',
      examples: ['https://app.example.org,http://localhost:5173'],
    }),
  ),
  OVERLOAD_EVENT_LOOP_DELAY_MS: Type.Integer({
    default: 1000,
    minimum: 0,
    maximum: 60_000,
    description: 'Mean delay of the event loop above which requests get 503, in ms; 0: off',
    examples: [1000],
  }),
  OVERLOAD_EVENT_LOOP_UTILIZATION: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 1,
    description: 'Share of time the event loop is busy above which requests get 503; 0: off',
    examples: [0.98],
  }),
  OVERLOAD_HEAP_BYTES: Type.Integer({
    default: 0,
    minimum: 0,
    description: 'Heap size above which requests get 503; 0: off',
    examples: [1_500_000_000],
  }),
})

type Options = Static<typeof SecurityConfigSchema> & {
  /** How often the load is measured, in ms. */
  sample_interval_ms?: number
}

const RETRY_AFTER_S = 5

/** On every answer: what keeps a browser from taking JSON for anything else. */
const HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** What a browser may read of a cross-origin answer beyond its body. */
const EXPOSED_HEADERS = [
  'ETag',
  'Location',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Idempotency-Replayed',
  'X-Request-Id',
]

const overloaded = () =>
  new DomainError('unavailable', 'OVERLOADED', 'The server is busy', { retry_after_seconds: RETRY_AFTER_S })

/** '*' for all, null for none. */
function parseOrigins(list: string | undefined): '*' | string[] | null {
  if (!list) return null
  const origins = list.split(',').map((origin) => origin.trim().replace(/\/$/, ''))
  return origins.includes('*') ? '*' : origins
}

const plugin: FastifyPluginAsync<Options> = async (app, options) => {
  const origins = parseOrigins(options.CORS_ORIGIN)
  app.decorate('allowsOrigin', (origin) => {
    return origins === null || origins === '*' || origin === undefined || origins.includes(origin)
  })
  if (origins) {
    await app.register(cors, {
      origin: origins,
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 600,
      strictPreflight: false,
    })
  }
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(HEADERS)
    done()
  })

  const interval = options.sample_interval_ms ?? 1000
  // What was measured before that is the start itself, which keeps the event loop busy.
  let watch_from = Number.POSITIVE_INFINITY
  app.addHook('onReady', async () => {
    watch_from = app.clock.now() + 2 * interval
  })
  await app.register(underPressure, {
    maxEventLoopDelay: options.OVERLOAD_EVENT_LOOP_DELAY_MS,
    maxEventLoopUtilization: options.OVERLOAD_EVENT_LOOP_UTILIZATION,
    eventLoopUtilizationMode: 'interval',
    maxHeapUsedBytes: options.OVERLOAD_HEAP_BYTES,
    sampleInterval: interval,
    pressureHandler: async () => {
      if (app.clock.now() >= watch_from) throw overloaded()
    },
  })
}

export default fp(plugin, { name: 'security', dependencies: ['clock', 'errors'] })

import rateLimit from '@fastify/rate-limit'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError } from '../../engine/errors.ts'
import { createLocalCounter, createSharedCounter, type Hits } from './counter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    rateLimits: RateLimits
  }
}

export type RateLimits = {
  /** Counts a switch of this session; throws 'limited' when there were too many in the last second. */
  switch(request: FastifyRequest, reply: FastifyReply, sessionId: string): Promise<void>
}

export const RateLimitConfigSchema = Type.Object({
  RATE_LIMIT_GENERAL: Type.Integer({
    default: 100,
    minimum: 0,
    description: 'Requests per minute and client address; 0: no limit',
    examples: [100],
  }),
  RATE_LIMIT_SWITCH: Type.Integer({
    default: 10,
    minimum: 0,
    description: 'Switches per second and session; 0: no limit',
    examples: [10],
  }),
})

const GENERAL_WINDOW_MS = 60_000
const SWITCH_WINDOW_MS = 1000

const plugin: FastifyPluginAsync<Static<typeof RateLimitConfigSchema>> = async (app, options) => {
  const { clock, redis, log } = app
  const counter = redis
    ? createSharedCounter(redis.commands, `${redis.prefix}:ratelimit:`, clock, log)
    : createLocalCounter(clock)

  if (options.RATE_LIMIT_GENERAL > 0) {
    await app.register(rateLimit, {
      global: false,
      max: options.RATE_LIMIT_GENERAL,
      timeWindow: GENERAL_WINDOW_MS,
      enableDraftSpec: true,
      errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
      store: class {
        incr(key: string, done: (error: Error | null, result?: { current: number; ttl: number }) => void) {
          counter
            .hit(`general:${key}`, GENERAL_WINDOW_MS, options.RATE_LIMIT_GENERAL)
            .then(({ current, ttl_ms: ttl }) => done(null, { current, ttl }), done)
        }
        child() {
          return this
        }
      },
    })
    // As a hook of the app, not of each route, it also counts requests for addresses that do not exist.
    const limit = app.rateLimit()
    app.addHook('onRequest', async function (request, reply) {
      if (request.routeOptions.config.rateLimit !== false) await limit.call(this, request, reply)
    })
  }

  const max = options.RATE_LIMIT_SWITCH
  app.decorate('rateLimits', {
    switch: async (_request, reply, sessionId) => {
      if (max === 0) return
      const hits = await counter.hit(`switch:${sessionId}`, SWITCH_WINDOW_MS, max)
      announce(reply, max, hits)
      if (hits.current > max) throw tooMany(hits.ttl_ms)
    },
  })
}

/** Of two limits on one request the headers tell of the one that is nearer. */
function announce(reply: FastifyReply, max: number, { current, ttl_ms }: Hits): void {
  const remaining = Math.max(0, max - current)
  const other = reply.getHeader('ratelimit-remaining')
  if (other !== undefined && Number(other) <= remaining && current <= max) return
  reply.headers({
    'ratelimit-limit': max,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': Math.ceil(ttl_ms / 1000),
  })
}

function tooMany(ttl_ms: number): DomainError {
  const seconds = Math.max(1, Math.ceil(ttl_ms / 1000))
  return new DomainError('limited', 'RATE_LIMIT_EXCEEDED', `Too many requests, try again in ${seconds} s`, {
    retry_after_seconds: seconds,
  })
}

export default fp(plugin, { name: 'rate-limit', dependencies: ['clock', 'errors', 'redis'] })

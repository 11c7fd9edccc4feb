import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config } from '../../app.ts'
import { build } from '../helpers/app.ts'
import { redisForTest } from '../helpers/backends.ts'
import { createFakeClock, type FakeClock } from '../helpers/fake-clock.ts'

/** Two ways into one service: two instances on one store, or the same instance twice where there can be only one. */
export type Deployment = { a: FastifyInstance; b: FastifyInstance; clock: FakeClock }

/** Brings up a deployment of its own for one test. */
export type Deploy = (t: Test, settings?: Partial<Config>) => Promise<Deployment>

/** One instance on the embedded store. */
export const onEmbedded: Deploy = async (t, settings) => {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { a: app, b: app, clock }
}

/** Two instances on one Redis, which there must be. */
export const onRedis: Deploy = async (t, settings) => {
  const redis = await redisForTest(t)
  if (!redis) throw new Error('Redis went away')
  const clock = createFakeClock()
  const shared = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, ...settings }
  return { a: await build(t, shared, { clock }), b: await build(t, shared, { clock }), clock }
}

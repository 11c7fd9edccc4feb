import t from 'tap'
import { build } from '../helpers/app.ts'
import { redisForTest } from '../helpers/backends.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import type { Deploy } from './deployment.ts'
import { runsSuite } from './runs.ts'

/** Two instances on one Redis. */
const deploy: Deploy = async (t, settings) => {
  const redis = await redisForTest(t)
  if (!redis) throw new Error('Redis went away')
  const clock = createFakeClock()
  const shared = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, ...settings }
  return { a: await build(t, shared, { clock }), b: await build(t, shared, { clock }), clock }
}

if (await redisForTest(t)) runsSuite(t, deploy)

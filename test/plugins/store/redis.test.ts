import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { stateStoreSuite } from '../../conformance/state-store.ts'
import { redisForTest } from '../../helpers/backends.ts'
import { openRedisStore } from './redis-stores.ts'

stateStoreSuite(t, async (t, options) => {
  const redis = await redisForTest(t)
  if (!redis) return null
  const open = async () => (await openRedisStore(t, { ...redis, ...options })).store
  return { store: await open(), another: open, pass: (ms) => pause(ms) }
})

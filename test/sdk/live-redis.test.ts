import t from 'tap'
import { onRedis } from '../conformance/deployment.ts'
import { redisForTest } from '../helpers/backends.ts'
import { networkSuite, restartSuite } from './live-network-suite.ts'
import { failOverSuite, proxySuite } from './live-proxy-suite.ts'
import { liveSuite } from './live-suite.ts'

if (await redisForTest(t)) {
  liveSuite(t, onRedis)
  networkSuite(t, onRedis)
  proxySuite(t, onRedis)
  failOverSuite(t, onRedis)
  restartSuite(t, async (t) => {
    const redis = await redisForTest(t)
    return redis ? { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix } : {}
  })
}

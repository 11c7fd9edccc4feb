import t from 'tap'
import { redisForTest } from '../helpers/backends.ts'
import { onRedis } from './deployment.ts'
import { runsSuite } from './runs.ts'

if (await redisForTest(t)) runsSuite(t, onRedis)

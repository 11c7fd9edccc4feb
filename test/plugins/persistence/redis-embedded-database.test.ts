import t from 'tap'
import { embeddedForTest, redisStore } from '../../helpers/databases.ts'
import { runSuite } from './recorded.ts'

await runSuite(t, await redisStore(t), await embeddedForTest(t))

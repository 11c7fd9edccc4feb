import t from 'tap'
import { sharedSuite } from '../../conformance/persistence.ts'
import { build } from '../../helpers/app.ts'
import { realForTest, redisStore } from '../../helpers/databases.ts'
import { runSuite } from './recorded.ts'

await runSuite(t, await redisStore(t), await realForTest(t))

t.test('two instances', async (t) => {
  sharedSuite(t, async (t) => {
    const redis = await redisStore(t)
    const postgres = await realForTest(t)
    if (!redis || !postgres) return null
    const settings = { PERSISTENCE: 'on' as const, ...redis, ...postgres }
    return [await build(t, settings), await build(t, settings)]
  })
})

import t from 'tap'
import { createRunHistory } from '../../../plugins/runs/history.ts'
import { redisForTest } from '../../helpers/backends.ts'
import { openRedisStore } from '../store/redis-stores.ts'

const HOUR_MS = 60 * 60 * 1000
const points = (...blocks: number[]) =>
  blocks.map((block) => ({ at: 1000 * block, received_at: 1000 * block, metrics: { block } }))

t.test('instances that take turns lose none of a history, whatever they remember of it', async (t) => {
  const redis = await redisForTest(t)
  if (!redis) return
  const [a, b] = await Promise.all(
    [0, 1].map(async () => createRunHistory((await openRedisStore(t, redis)).store)),
  )
  if (!a || !b) return
  await a.keep('r', 1, points(1, 2), HOUR_MS)
  await b.keep('r', 1, points(2, 3), HOUR_MS)
  await a.keep('r', 1, points(4), HOUR_MS)
  t.same((await a.read('r', 1)).points, points(1, 2, 3, 4))
  t.same((await b.read('r', 1)).points, points(1, 2, 3, 4))

  await a.remove('r', 1)
  await b.keep('r', 2, points(9), HOUR_MS)
  await a.keep('r', 1, points(5), HOUR_MS)
  t.same((await a.read('r', 2)).points, points(9), 'that of an earlier run of this name stays away')
  t.same((await b.read('r', 1)).points, [])
  await a.remove('r', 1)
  t.same((await b.read('r', 2)).points, points(9), 'and its removal, which comes late, does no harm')
  await a.remove('r', 2)
  t.same((await b.read('r', 2)).points, [])
})

import t from 'tap'
import { redisForTest } from '../helpers/backends.ts'
import { deadlinesSuite } from './deadlines.ts'
import { onRedis } from './deployment.ts'
import { racesSuite } from './races.ts'
import { sessionsSuite } from './sessions.ts'

if (await redisForTest(t)) {
  t.test('sessions', async (t) => sessionsSuite(t, onRedis))
  t.test('deadlines', async (t) => deadlinesSuite(t, onRedis))
  t.test('races', async (t) => racesSuite(t, onRedis))
}

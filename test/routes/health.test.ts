import t from 'tap'
import health from '../../plugins/health.ts'
import { bareServer } from '../helpers/http.ts'

t.test('/health says that the process lives, in the two shapes that old clients read', async (t) => {
  const { app, log } = await bareServer(t, (app) => app.register(health))
  const alive = (active_tests: number, total_tests: number) => ({
    status: 'ok',
    data: { status: 'healthy', active_tests, total_tests },
  })
  const response = await app.inject('/health')
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), alive(0, 0))
  app.health.addCount('active_tests', () => 2)
  app.health.addCount('total_tests', () => 5)
  t.strictSame((await app.inject('/health')).json(), alive(2, 5))
  t.strictSame(log, [], 'and is not logged')
})

t.test('/health asks no dependency', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(health))
  app.health.addCheck('store', () => t.fail('was asked') as never)
  t.equal((await app.inject('/health')).statusCode, 200)
})

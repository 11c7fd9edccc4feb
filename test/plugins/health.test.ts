import t from 'tap'
import { DomainError } from '../../engine/errors.ts'
import health from '../../plugins/health.ts'
import { bareServer } from '../helpers/http.ts'

t.test('a server without dependencies is ready', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(health))
  const response = await app.inject('/ready')
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), { status: 'ready', checks: {} })
  t.equal(response.headers['cache-control'], 'no-store')
})

t.test('each dependency is told by name, and one that fails makes the server not ready', async (t) => {
  const { app, log } = await bareServer(t, (app) => app.register(health))
  let fails: Error | null = null
  app.health.addCheck('cache', async () => {})
  app.health.addCheck('store', async () => {
    if (fails) throw fails
  })
  t.strictSame((await app.inject('/ready')).json(), {
    status: 'ready',
    checks: { cache: { status: 'ok' }, store: { status: 'ok' } },
  })
  fails = new DomainError('unavailable', 'STORE_UNAVAILABLE', 'The store cannot be reached')
  const down = await app.inject('/ready')
  t.equal(down.statusCode, 503)
  t.strictSame(down.json(), {
    status: 'not_ready',
    checks: { cache: { status: 'ok' }, store: { status: 'failed', message: 'The store cannot be reached' } },
  })
  fails = new Error('connect ECONNREFUSED 10.1.2.3:6379')
  t.strictSame((await app.inject('/ready')).json().checks.store, {
    status: 'failed',
    message: 'the check failed',
  })
  t.match(
    log.at(-1),
    { check: 'store', err: { message: /10\.1\.2\.3/ } },
    'the log has what the answer hides',
  )
  fails = null
  t.equal((await app.inject('/ready')).statusCode, 200, 'and is ready again by itself')
})

t.test('a dependency that requests can be served without only degrades the server', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(health))
  app.health.addCheck('audit', () => Promise.reject(new Error('away')), { degrades: true })
  const response = await app.inject('/ready')
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), {
    status: 'ready',
    checks: { audit: { status: 'degraded', message: 'the check failed' } },
  })
})

t.test(
  'a check that hangs fails after 2 s, is not started again meanwhile, and counts once it answers',
  async (t) => {
    const { app, clock } = await bareServer(t, (app) => app.register(health))
    let started = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    app.health.addCheck('store', () => {
      started += 1
      return promise
    })
    const ask = async () => {
      const readiness = app.health.readiness()
      clock.advance(2000)
      return readiness
    }
    const late = {
      status: 'not_ready',
      checks: { store: { status: 'failed', message: 'no answer within 2000 ms' } },
    }
    t.strictSame(await ask(), late)
    t.strictSame(await ask(), late)
    t.equal(started, 1)
    t.equal(clock.waiting, 0, 'no timer is left behind')
    resolve()
    t.equal((await app.health.readiness()).status, 'ready')
  },
)

t.test('a server that drains is not ready, and still alive', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(health))
  app.health.drain()
  const response = await app.inject('/ready')
  t.equal(response.statusCode, 503)
  t.strictSame(response.json(), {
    status: 'not_ready',
    checks: { server: { status: 'failed', message: 'shutting down' } },
  })
  const alive = await app.inject('/health')
  t.equal(alive.statusCode, 200)
  t.equal(alive.headers.connection, 'close', 'whoever kept this connection is to take another one')
})

t.test('a check that throws at once is a failed check', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(health))
  app.health.addCheck('store', () => {
    throw new Error('at once')
  })
  t.equal((await app.inject('/ready')).statusCode, 503)
})

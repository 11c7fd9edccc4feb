import t from 'tap'
import timeRoutes from '../../routes/time.ts'
import { bareServer } from '../helpers/http.ts'

const start = Date.UTC(2026, 0, 1)

t.test('the time is told bare, and never cached', async (t) => {
  const { app, clock } = await bareServer(t, (app) => app.register(timeRoutes))
  clock.advance(1234)
  const response = await app.inject('/v1/time')
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), {
    timestamp_ms: start + 1234,
    server_version: '2.0.0',
    drift_tolerance_ms: 50,
  })
  t.equal(response.headers['cache-control'], 'no-store')
})

t.test('with t0 the answer has all that a client needs to know its offset', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(timeRoutes))
  const body = (await app.inject('/v1/time?t0=1767225599999.25')).json()
  t.match(body, {
    timestamp_ms: start,
    server_version: '2.0.0',
    drift_tolerance_ms: 50,
    t0: 1767225599999.25,
    t2: start,
  })
  t.ok(body.t1 < body.t2 && body.t1 > start - 1000, 'received before it was answered')
  t.equal((await app.inject('/v1/time?t0=0')).json().t0, 0)
})

t.test('a t0 that is no number is refused by name', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(timeRoutes))
  for (const t0 of ['now', 'NaN', 'Infinity', '']) {
    const response = await app.inject(`/v1/time?t0=${t0}`)
    t.equal(response.statusCode, 400, t0)
    t.match(response.json().error.details, [{ field: 't0' }])
  }
})

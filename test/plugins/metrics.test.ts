import t from 'tap'
import metrics from '../../plugins/metrics.ts'
import { bareServer } from '../helpers/http.ts'

const routes = (t: Parameters<typeof bareServer>[0]) =>
  bareServer(t, async (app) => {
    await app.register(metrics)
    app.get('/items/:id', async () => ({}))
    app.get('/stream', { config: { stream: true } }, async () => ({}))
  })

t.test('requests are counted and timed by method, route and status', async (t) => {
  const { app } = await routes(t)
  await app.inject('/items/1')
  await app.inject('/items/2')
  await app.inject({ method: 'POST', url: '/items/2' })
  const { body } = await app.inject('/metrics')
  const labels = 'method="GET",route="/items/:id",status_code="200"'
  t.match(body, `synckairos_http_requests_total{${labels}} 2\n`)
  t.match(body, `synckairos_http_request_duration_ms_count{${labels}} 2\n`)
  const buckets = [...body.matchAll(/duration_ms_bucket\{le="([^"]+)",[^}]*route="\/items\/:id"/g)].map(
    ([, le]) => le,
  )
  t.strictSame(buckets, ['1', '2', '3', '5', '10', '25', '50', '100', '250', '500', '1000', '2500', '+Inf'])
})

t.test('whatever addresses clients invent, they make one series', async (t) => {
  const { app } = await routes(t)
  for (let i = 0; i < 5; i++) await app.inject(`/invented/${i}?q=${i}`)
  const { body } = await app.inject('/metrics')
  t.match(body, 'synckairos_http_requests_total{method="GET",route="unknown",status_code="404"} 5\n')
  t.notOk(body.includes('invented'))
})

t.test('streams are counted, and their durations left out', async (t) => {
  const { app } = await routes(t)
  await app.inject('/stream')
  const { body } = await app.inject('/metrics')
  t.match(body, 'synckairos_http_requests_total{method="GET",route="/stream",status_code="200"} 1\n')
  t.notMatch(body, /duration_ms_count\{[^}]*\/stream/)
})

t.test('two apps in one process count for themselves', async (t) => {
  const [one, two] = [await routes(t), await routes(t)]
  await one.app.inject('/items/1')
  t.match((await one.app.inject('/metrics')).body, /http_requests_total\{[^}]*items/)
  t.notMatch((await two.app.inject('/metrics')).body, /http_requests_total\{[^}]*items/)
})

import t, { type Test } from 'tap'
import { defaultsOf } from '../../config.ts'
import health from '../../plugins/health.ts'
import security, { SecurityConfigSchema } from '../../plugins/security.ts'
import { bareServer } from '../helpers/http.ts'

type Options = Parameters<typeof security>[1]

const build = (t: Test, settings: Partial<Options> = {}) =>
  bareServer(t, async (app) => {
    const defaults = { ...defaultsOf(SecurityConfigSchema), OVERLOAD_EVENT_LOOP_DELAY_MS: 0 }
    await app.register(security, { ...defaults, ...settings })
    await app.register(health)
    app.get('/work', async () => ({}))
  })

const origin = 'https://app.example.org'

t.test('without CORS_ORIGIN no page of another origin may read answers', async (t) => {
  const { app } = await build(t)
  const { headers } = await app.inject({ url: '/health', headers: { origin } })
  t.notOk(Object.keys(headers).some((name) => name.startsWith('access-control-')))
  t.equal((await app.inject({ method: 'OPTIONS', url: '/work', headers: { origin } })).statusCode, 404)
  t.ok(app.allowsOrigin(origin), 'nothing is known that could refuse it')
})

t.test('the origins of CORS_ORIGIN may, and no others', async (t) => {
  const { app } = await build(t, { CORS_ORIGIN: `http://localhost:5173, ${origin}/` })
  const { headers } = await app.inject({ url: '/health', headers: { origin } })
  t.match(headers, {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': /ETag.*Retry-After.*X-Request-Id/,
    vary: /Origin/,
  })
  const foreign = await app.inject({ url: '/health', headers: { origin: 'https://evil.example' } })
  t.notOk(foreign.headers['access-control-allow-origin'])
  t.ok(app.allowsOrigin(origin))
  t.ok(app.allowsOrigin(undefined), 'what is no page has no origin')
  t.notOk(app.allowsOrigin('https://evil.example'))
})

t.test('* lets every page in', async (t) => {
  const { app } = await build(t, { CORS_ORIGIN: '*' })
  const { headers } = await app.inject({ url: '/health', headers: { origin } })
  t.equal(headers['access-control-allow-origin'], '*')
  t.ok(app.allowsOrigin('https://anything.example'))
})

t.test('a preflight is answered, with the headers that it asks for', async (t) => {
  const { app } = await build(t, { CORS_ORIGIN: origin })
  const response = await app.inject({
    method: 'OPTIONS',
    url: '/work',
    headers: {
      origin,
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'if-match',
    },
  })
  t.equal(response.statusCode, 204)
  t.match(response.headers, {
    'access-control-allow-methods': /DELETE/,
    'access-control-allow-headers': 'if-match',
    'access-control-max-age': '600',
  })
})

t.test('answers carry the headers that keep browsers strict', async (t) => {
  const { app } = await build(t)
  t.match((await app.inject('/work')).headers, {
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': undefined,
  })
})

t.test(
  'under load requests are shed with 503, but not those that ask for the state of the server',
  async (t) => {
    const { app, clock } = await build(t, { OVERLOAD_HEAP_BYTES: 1, sample_interval_ms: 10 })
    while (!app.isUnderPressure()) await new Promise((resolve) => setImmediate(resolve))
    t.equal((await app.inject('/work')).statusCode, 200, 'the load of the start itself does not count')
    clock.advance(20)
    const response = await app.inject('/work')
    t.equal(response.statusCode, 503)
    t.match(response.json(), { error: { code: 'OVERLOADED', details: { retry_after_seconds: 5 } } })
    t.equal(response.headers['retry-after'], '5')
    for (const url of ['/health', '/ready']) t.equal((await app.inject(url)).statusCode, 200, url)
  },
)

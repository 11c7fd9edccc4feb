import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import health from '../../plugins/health.ts'
import rateLimit from '../../plugins/rate-limit/index.ts'
import redisPlugin from '../../plugins/redis.ts'
import timeRoutes from '../../routes/time.ts'
import { ownRedis, redisForTest } from '../helpers/backends.ts'
import { bareServer } from '../helpers/http.ts'

type Limits = { RATE_LIMIT_GENERAL: number; RATE_LIMIT_SWITCH: number }
type Shared = { REDIS_URL?: string; REDIS_PREFIX: string }

const build = (
  t: Test,
  limits: Partial<Limits>,
  shared: Shared = { REDIS_PREFIX: 'unused' },
  proxy?: string,
) =>
  bareServer(
    t,
    async (app) => {
      await app.register(redisPlugin, shared)
      await app.register(rateLimit, { RATE_LIMIT_GENERAL: 0, RATE_LIMIT_SWITCH: 0, ...limits })
      await app.register(health)
      await app.register(timeRoutes)
      app.get('/', async () => ({}))
      app.post('/switch/:id', async (request, reply) => {
        await app.rateLimits.switch(request, reply, (request.params as { id: string }).id)
        return {}
      })
    },
    proxy === undefined ? {} : { TRUST_PROXY: proxy },
  )

t.test('an address may ask so often in a minute, and is then told when it may again', async (t) => {
  const { app, clock } = await build(t, { RATE_LIMIT_GENERAL: 2 })
  const first = await app.inject('/')
  t.equal(first.statusCode, 200)
  t.match(first.headers, { 'ratelimit-limit': '2', 'ratelimit-remaining': '1', 'ratelimit-reset': '60' })
  clock.advance(15_500)
  t.match((await app.inject('/')).headers, { 'ratelimit-remaining': '0', 'ratelimit-reset': '45' })
  const third = await app.inject('/')
  t.equal(third.statusCode, 429)
  t.match(third.json(), {
    error: { code: 'RATE_LIMIT_EXCEEDED', details: { retry_after_seconds: 45 }, request_id: String },
  })
  t.match(third.headers, {
    'retry-after': '45',
    'ratelimit-limit': '2',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '45',
    'x-request-id': String,
  })
  clock.advance(44_500)
  t.equal((await app.inject('/')).statusCode, 200)
})

t.test('addresses that lead nowhere count, what keeps the server running does not', async (t) => {
  const { app } = await build(t, { RATE_LIMIT_GENERAL: 1 })
  t.equal((await app.inject('/nothing')).statusCode, 404)
  t.equal((await app.inject('/nothing')).statusCode, 429)
  for (const url of ['/health', '/ready', '/v1/time']) {
    const response = await app.inject(url)
    t.equal(response.statusCode, 200, url)
    t.notOk(response.headers['ratelimit-limit'], url)
  }
})

t.test('each address has its own limit, an IPv6 network of 64 bits is one address', async (t) => {
  const { app } = await build(t, { RATE_LIMIT_GENERAL: 1 })
  const from = async (remoteAddress: string) => (await app.inject({ url: '/', remoteAddress })).statusCode
  t.equal(await from('192.0.2.1'), 200)
  t.equal(await from('192.0.2.1'), 429)
  t.equal(await from('::ffff:192.0.2.1'), 429)
  t.equal(await from('192.0.2.2'), 200)
  t.equal(await from('2001:db8:0:1::1'), 200)
  t.equal(await from('2001:db8:0:1:ffff::2'), 429)
  t.equal(await from('2001:db8:0:2::1'), 200)
})

t.test('X-Forwarded-For counts only from a trusted proxy', async (t) => {
  const ask = async (proxy: string | undefined, remoteAddress: string, client: string) => {
    const { app } = await build(t, { RATE_LIMIT_GENERAL: 1 }, undefined, proxy)
    await app.inject({ url: '/', remoteAddress, headers: { 'x-forwarded-for': '192.0.2.1' } })
    const response = await app.inject({ url: '/', remoteAddress, headers: { 'x-forwarded-for': client } })
    return response.statusCode
  }
  t.equal(await ask('10.0.0.0/8, ::1', '10.1.2.3', '192.0.2.2'), 200)
  t.equal(await ask('10.0.0.0/8', '192.0.2.9', '192.0.2.2'), 429)
  t.equal(await ask(undefined, '10.1.2.3', '192.0.2.2'), 429)
})

t.test('a session may be switched so often in a second, by whomever', async (t) => {
  const { app, clock } = await build(t, { RATE_LIMIT_SWITCH: 2 })
  const change = (id: string, remoteAddress = '192.0.2.1') =>
    app.inject({ method: 'POST', url: `/switch/${id}`, remoteAddress })
  t.match((await change('a')).headers, {
    'ratelimit-limit': '2',
    'ratelimit-remaining': '1',
    'ratelimit-reset': '1',
  })
  t.equal((await change('a', '192.0.2.2')).statusCode, 200)
  const third = await change('a', '192.0.2.3')
  t.equal(third.statusCode, 429)
  t.match(third.headers, { 'retry-after': '1', 'ratelimit-limit': '2', 'ratelimit-remaining': '0' })
  t.equal((await change('b')).statusCode, 200)
  clock.advance(1000)
  t.equal((await change('a')).statusCode, 200)
})

t.test('of two limits the headers tell of the one that is nearer', async (t) => {
  const limitOf = async (limits: Limits) => {
    const { app } = await build(t, limits)
    return (await app.inject({ method: 'POST', url: '/switch/a' })).headers['ratelimit-limit']
  }
  t.equal(await limitOf({ RATE_LIMIT_GENERAL: 100, RATE_LIMIT_SWITCH: 10 }), '10')
  t.equal(await limitOf({ RATE_LIMIT_GENERAL: 5, RATE_LIMIT_SWITCH: 10 }), '5')
  t.equal(await limitOf({ RATE_LIMIT_GENERAL: 0, RATE_LIMIT_SWITCH: 10 }), '10')
  t.equal(await limitOf({ RATE_LIMIT_GENERAL: 0, RATE_LIMIT_SWITCH: 0 }), undefined)
})

t.test('instances on one Redis count together', async (t) => {
  const redis = await redisForTest(t)
  if (!redis) return
  const shared = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix }
  const limits = { RATE_LIMIT_GENERAL: 3, RATE_LIMIT_SWITCH: 2 }
  const one = (await build(t, limits, shared)).app
  const two = (await build(t, limits, shared)).app
  const other = (await build(t, limits, { ...shared, REDIS_PREFIX: `${redis.prefix}-other` })).app
  const change = async (app: typeof one, remoteAddress: string) =>
    (await app.inject({ method: 'POST', url: '/switch/a', remoteAddress })).statusCode
  t.strictSame(
    [await change(one, '192.0.2.1'), await change(two, '192.0.2.2'), await change(one, '192.0.2.3')],
    [200, 200, 429],
  )
  t.equal(await change(other, '192.0.2.1'), 200, 'another deployment on this Redis counts for itself')
  t.match((await one.inject('/')).headers, { 'ratelimit-remaining': '2', 'ratelimit-reset': '60' })
  t.match((await two.inject('/')).headers, { 'ratelimit-remaining': '1' })

  const client = new Redis(redis.url)
  const keys = await client.keys(`${redis.prefix}*:ratelimit:*`)
  t.ok(
    keys.length > 0 && (await Promise.all(keys.map((key) => client.pttl(key)))).every((ttl) => ttl > 0),
    'keys go away',
  )
  await client.del(...keys)
  client.disconnect()
})

t.test('a wide limit is counted in lots, which both instances take from the same', async (t) => {
  const redis = await redisForTest(t)
  if (!redis) return
  const shared = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix }
  const limits = { RATE_LIMIT_GENERAL: 300 }
  const one = await build(t, limits, shared)
  const two = await build(t, limits, shared)
  const remaining = async ({ app }: typeof one) =>
    Number((await app.inject('/')).headers['ratelimit-remaining'])
  t.strictSame([await remaining(one), await remaining(one), await remaining(two)], [299, 298, 296])
  t.strictSame([await remaining(one), await remaining(one)], [297, 293], 'the rest of its lot, then another')
  const statuses = new Set<number>()
  let admitted = 5
  for (; admitted < 400 && !statuses.has(429); admitted++) {
    statuses.add((await one.app.inject('/')).statusCode)
  }
  t.equal(admitted - 1, 298, 'all but what is left of the lot of the other one')
  t.equal(await remaining(two), 295)
  one.clock.advance(60_000)
  t.equal((await one.app.inject('/')).statusCode, 429, "the window is Redis', whose time nobody moved")
})

t.test('while Redis is away each instance counts for itself, and nothing fails', async (t) => {
  const redis = await ownRedis(t)
  if (!redis) return
  const { app, clock, log } = await build(
    t,
    { RATE_LIMIT_GENERAL: 2 },
    { REDIS_URL: redis.url, REDIS_PREFIX: 'away' },
  )
  const ask = async () => (await app.inject('/')).statusCode
  t.equal(await ask(), 200)
  await redis.kill()
  t.strictSame([await ask(), await ask(), await ask()], [200, 200, 429])
  const warnings = () => log.filter(({ msg }) => /rate limits are counted/.test(String(msg))).length
  t.equal(warnings(), 1, 'Redis is asked again only after a while')
  clock.advance(1000)
  t.equal(await ask(), 429)
  t.equal(warnings(), 2)
  await redis.restart()
  while (app.redis?.commands.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 10))
  clock.advance(1000)
  t.match((await app.inject('/')).headers, { 'ratelimit-remaining': '1' })
})

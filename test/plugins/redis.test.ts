import Fastify from 'fastify'
import t, { type Test } from 'tap'
import clockPlugin, { type Clock, createSystemClock } from '../../plugins/clock.ts'
import redis from '../../plugins/redis.ts'
import { parseRedisUrl } from '../../plugins/redis-url.ts'
import { createRedisStore } from '../../plugins/store/redis.ts'
import { ownRedis } from '../helpers/backends.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { freePort } from '../helpers/servers.ts'
import { until } from '../helpers/until.ts'

async function build(t: Test, REDIS_URL?: string, clock?: Clock) {
  const lines: string[] = []
  const app = Fastify({
    logger: { level: 'debug', stream: { write: (line: string) => void lines.push(line) } },
  })
  t.teardown(() => app.close())
  await app.register(clockPlugin, clock ? { clock } : {})
  await app.register(redis, { REDIS_PREFIX: 'test', ...(REDIS_URL ? { REDIS_URL } : {}) })
  await app.ready()
  return { app, lines }
}

t.test('one URL names a server, a Sentinel or a Cluster', async (t) => {
  const rows: [string, object][] = [
    ['redis://h', { kind: 'single', nodes: [{ host: 'h', port: 6379 }], options: { db: 0 } }],
    ['redis://h:1/3', { nodes: [{ host: 'h', port: 1 }], options: { db: 3 } }],
    ['redis://u:p%40:s@h:1', { options: { username: 'u', password: 'p@:s' } }],
    ['redis://:secret@[::1]:7', { nodes: [{ host: '::1', port: 7 }], options: { password: 'secret' } }],
    ['rediss://h', { options: { tls: {} } }],
    [
      'redis+sentinel://:p@a:1,b/main/2?sentinel_password=s',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        master: 'main',
        options: { db: 2, password: 'p' },
        sentinel_password: 's',
      },
    ],
    [
      'rediss+cluster://u:p@a:7000,b:7001',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
        ],
        options: { username: 'u', password: 'p', tls: {} },
      },
    ],
  ]
  for (const [url, target] of rows) t.match(parseRedisUrl(url), target, url)
})

t.test('a URL that makes no sense is refused without repeating it', async (t) => {
  for (const url of [
    'http://u:secret@h',
    'redis://u:secret@',
    'redis://u:secret@h/x',
    'redis://u:secret%zz@h',
    'redis://u:secret@h:port',
    'redis+sentinel://u:secret@h:1',
    'redis+cluster://u:secret@h:1/2',
  ]) {
    t.throws(() => parseRedisUrl(url), /REDIS_URL/)
    try {
      parseRedisUrl(url)
    } catch (error) {
      t.notMatch((error as Error).message, 'secret')
    }
  }
})

t.test('without REDIS_URL there is no Redis', async (t) => {
  t.equal((await build(t)).app.redis, null)
})

t.test('the server starts without Redis, says so once, and finds it when it comes', async (t) => {
  const own = await ownRedis(t)
  if (!own) return
  await own.kill()
  const started_at = performance.now()
  const { app, lines } = await build(t, `redis://:secret@127.0.0.1:${own.port}`)
  t.ok(performance.now() - started_at < 1500)
  t.not(app.redis?.commands.status, 'ready')
  await t.rejects((app.redis as NonNullable<typeof app.redis>).commands.ping())
  await own.restart()
  while (app.redis?.commands.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 10))
  t.equal(await app.redis.commands.ping(), 'PONG')
  t.equal(lines.filter((line) => line.includes('cannot be reached') && line.includes('commands')).length, 1)
  t.equal(lines.filter((line) => line.includes('Redis is back') && line.includes('commands')).length, 1)
  t.notMatch(lines.join(''), 'secret')
})

t.test(
  'what would be dated waits for the time of Redis, which a clock that is ahead then has at once',
  async (t) => {
    const own = await ownRedis(t)
    if (!own) return
    await own.kill()
    const clock = createSystemClock(performance.timeOrigin + 60_000)
    const { app } = await build(t, own.url, clock)
    const clients = app.redis as NonNullable<typeof app.redis>
    const store = createRedisStore({ clients, clock, log: app.log })
    t.teardown(() => store.close())
    t.equal(clients.agreed, false)
    t.ok(clock.now() > Date.now() + 59_000)
    /** The clock whenever the store answers. */
    const ask = () => store.read({ topic: 'a', id: 'b' }).then(clock.now, () => null)
    t.equal(await ask(), null)
    await own.restart()
    const first = await until(ask, (now) => now !== null)
    t.ok(Math.abs((first as number) - Date.now()) < 1000, `${(first as number) - Date.now()} ms`)
    t.equal(clients.agreed, true)
  },
)

t.test('a host that never answers does not hold up the start', async (t) => {
  const started_at = performance.now()
  const { app } = await build(
    t,
    `redis+cluster://127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}`,
  )
  t.ok(performance.now() - started_at < 2500)
  t.equal(app.redis?.blocking, null, 'on a Cluster no call waits at the server')
})

t.test('the connections have their own tasks, and all end with the server', async (t) => {
  const own = await ownRedis(t)
  if (!own) return
  const { app } = await build(t, own.url)
  const { commands, subscriber, blocking, prefix } = app.redis as NonNullable<typeof app.redis>
  t.equal(new Set([commands, subscriber, blocking]).size, 3)
  t.equal(app.redis?.blocking, blocking)
  t.equal(prefix, 'test')
  await app.close()
  for (const client of [commands, subscriber, blocking]) t.equal(client?.status, 'end')
})

t.test('the clock follows the time of Redis, which all instances share', async (t) => {
  const own = await ownRedis(t)
  if (!own) return
  const offsets: number[] = []
  const clock = createFakeClock()
  const follow = (offset_ms: number) => void offsets.push(offset_ms)
  // A machine whose own clock is a minute behind.
  const local = () => performance.timeOrigin + performance.now() - 60_000
  const { app } = await build(t, own.url, { ...clock, local, follow })
  t.ok(Math.abs((offsets[0] as number) - 60_000) < 50, `${offsets[0]}`)
  const known = offsets.length
  clock.advance(10_000)
  while (offsets.length === known) await new Promise((resolve) => setTimeout(resolve, 5))
  t.ok(Math.abs((offsets.at(-1) as number) - 60_000) < 50)
  await app.close()
})

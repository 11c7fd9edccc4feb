import t, { type Test } from 'tap'
import { onRedis } from '../../conformance/deployment.ts'
import { eventually, instancesOf, presenceSuite, watchersOf } from '../../conformance/presence.ts'
import { build } from '../../helpers/app.ts'
import { ownRedis, redisForTest } from '../../helpers/backends.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { type Gate, gateTo } from '../../helpers/gate.ts'
import { watch } from '../../helpers/realtime.ts'
import { newSession } from '../../helpers/sessions.ts'

type Counted = { instances: unknown[]; partial: boolean }

const ofAll = (count: number) => (list: Counted) => list.instances.length === count && !list.partial

/** Two instances, of which the second one reaches Redis through a gate. */
async function setUp(t: Test, url: string, prefix: string) {
  const clock = createFakeClock()
  const gate: Gate = await gateTo(t, url)
  const a = await build(t, { REDIS_URL: url, REDIS_PREFIX: prefix }, { clock })
  const b = await build(t, { REDIS_URL: gate.url, REDIS_PREFIX: prefix }, { clock })
  const id = newSession().session_id
  const sockets = [await watch(t, a, id), await watch(t, b, id)]
  const told = (app: typeof a, total: number) =>
    eventually(
      clock,
      () => watchersOf(app, id),
      (answer) => answer.total === total && !answer.partial,
    )
  const listed = (app: typeof a, count: number) => eventually(clock, () => instancesOf(app), ofAll(count))
  t.match(await told(a, 2), { total: 2 })
  t.equal((await listed(a, 2)).instances.length, 2)
  return { a, b, clock, gate, id, sockets, told, listed }
}

if (await redisForTest(t)) {
  t.test('presence', async (t) => presenceSuite(t, onRedis))

  t.test('an instance that died is gone after 10 s, and its watchers with it', async (t) => {
    const redis = await redisForTest(t)
    if (!redis) return
    const { a, b, clock, gate, id, sockets, told, listed } = await setUp(t, redis.url, redis.prefix)
    await gate.shut()
    for (const app of [a, b]) await sockets[app === a ? 0 : 1]?.roundTrip()
    clock.advance(4000)
    t.equal((await instancesOf(a)).instances.length, 2, 'not at once: it may only be slow')
    await sockets[0]?.roundTrip()
    clock.advance(4000)
    t.match(await told(a, 1), { total: 1, partial: false })
    t.equal((await listed(a, 1)).instances.length, 1)
    t.match(await instancesOf(b), { instances: [{ store: 'redis' }], partial: true }, 'it knows no better')
    t.match(await watchersOf(b, id), { partial: true })
    const cards = () => a.redis?.commands.hlen(`${redis.prefix}:presence:instances`)
    t.equal(await cards(), 2)
    clock.advance(60_000)
    await instancesOf(a)
    while ((await cards()) !== 1) await new Promise((resolve) => setImmediate(resolve))
    await gate.open()
    t.equal((await listed(a, 2)).instances.length, 2, 'it was not dead after all')
  })

  t.test('an instance that shuts down is gone at once', async (t) => {
    const redis = await redisForTest(t)
    if (!redis) return
    const { a, b, clock, id } = await setUp(t, redis.url, redis.prefix)
    await b.close()
    clock.advance(1000)
    t.equal((await instancesOf(a)).instances.length, 1)
    t.match(await watchersOf(a, id), { total: 1, partial: false })
  })
}

t.test('while Redis is away each tells of itself, and of all again when it is back', async (t) => {
  const redis = await ownRedis(t)
  if (!redis) return
  const { a, b, clock, id, told, listed } = await setUp(t, redis.url, 'away')
  await redis.kill()
  clock.advance(1000)
  for (const app of [a, b]) {
    t.match(await watchersOf(app, id), { total: 1, partial: true, watchers: [{ transport: 'websocket' }] })
    const { instances, partial } = await instancesOf(app)
    t.strictSame([instances.length, partial], [1, true])
  }
  await redis.restart()
  while (a.redis?.commands.status !== 'ready' || b.redis?.commands.status !== 'ready') {
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const app of [a, b]) {
    t.equal((await listed(app, 2)).instances.length, 2)
    t.match(await told(app, 2), { total: 2, partial: false }, 'it had forgotten everything')
  }
})

import { setImmediate } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { Config } from '../../../app.ts'
import { type Deploy, onEmbedded } from '../../conformance/deployment.ts'
import { realtimeSuite } from '../../conformance/realtime.ts'
import { realtimeDeltaSuite } from '../../conformance/realtime-delta.ts'
import { build, call } from '../../helpers/app.ts'
import { ownRedis, redisForTest } from '../../helpers/backends.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { openEvents, watch } from '../../helpers/realtime.ts'
import { startSession } from '../../helpers/sessions.ts'

async function twoInstances(t: Test, url: string, prefix: string, settings: Partial<Config> = {}) {
  const clock = createFakeClock()
  const shared = { REDIS_URL: url, REDIS_PREFIX: prefix, ...settings }
  return { a: await build(t, shared, { clock }), b: await build(t, shared, { clock }), clock }
}

t.test('on the embedded store', async (t) => {
  realtimeSuite(t, onEmbedded)
  realtimeDeltaSuite(t, onEmbedded)
})

t.test('two instances on one Redis', async (t) => {
  const redis = await redisForTest(t)
  if (!redis) return
  let deployed = 0
  const deploy: Deploy = (t, settings) =>
    twoInstances(t, redis.url, `${redis.prefix}.${deployed++}`, settings)
  realtimeSuite(t, deploy)
  realtimeDeltaSuite(t, deploy)
})

t.test('what was missed while the subscription was cut is made good', async (t) => {
  const server = await ownRedis(t)
  if (!server) return
  const { a, b } = await twoInstances(t, server.url, 'gap')
  const [kept, deleted] = [await startSession(a), await startSession(a)]
  const readers = await Promise.all([watch(t, a, kept.id), watch(t, b, kept.id), openEvents(t, b, kept.id)])
  const bereft = await watch(t, b, deleted.id)
  for (const reader of [...readers, bereft]) await reader.until('STATE_SYNC')

  const admin = new Redis(server.url)
  t.teardown(() => admin.disconnect())
  let version = 2
  for (let round = 0; round < 5; round++) {
    t.ok(Number(await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')) >= 2, 'both were listening')
    for (let i = 0; i < 3; i++) {
      version = (await call(i % 2 ? a : b, 'POST', `${kept.url}/switch`)).body.data.version
    }
    if (round === 0) await call(a, 'DELETE', deleted.url)
    for (const reader of readers) await reader.until((message) => message.version === version)
  }
  for (const { versions } of readers) {
    t.strictSame(
      versions,
      [...new Set(versions)].toSorted((x, y) => x - y),
      'still rising strictly',
    )
  }
  t.strictSame(await bereft.closed, { code: 1000, reason: 'Session deleted' })
  const types = readers.map(({ messages }) => messages.filter(({ type }) => type === 'STATE_SYNC').length)
  t.ok(
    types.some((syncs) => syncs > 1),
    `something was missed and read again: ${types}`,
  )
})

t.test('while the store is away new sockets are sent away, and open ones stay and catch up', async (t) => {
  const server = await ownRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
  if (!server) return
  const { a, b } = await twoInstances(t, server.url, 'away')
  const { id, url } = await startSession(a)
  const client = await watch(t, b, id)
  await client.until('STATE_SYNC')
  await server.kill()
  const late = await watch(t, b, id)
  t.match(await late.until('ERROR'), { code: 'STORE_UNAVAILABLE' })
  t.equal((await late.closed).code, 1013)
  t.equal((await call(b, 'GET', `/v1/sessions/${id}/events`)).status, 503)
  client.send({ type: 'RECONNECT' })
  t.match(await client.until('ERROR'), { code: 'STORE_UNAVAILABLE', sessionId: id })
  await server.restart()
  let switched = await call(a, 'POST', `${url}/switch`)
  while (switched.status !== 200) {
    await setImmediate()
    switched = await call(a, 'POST', `${url}/switch`)
  }
  await client.until(({ version }) => version === switched.body.data.version)
})

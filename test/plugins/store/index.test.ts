import Fastify from 'fastify'
import t, { type Test } from 'tap'
import clock from '../../../plugins/clock.ts'
import errors from '../../../plugins/errors.ts'
import health from '../../../plugins/health.ts'
import metrics from '../../../plugins/metrics.ts'
import redis from '../../../plugins/redis.ts'
import store from '../../../plugins/store/index.ts'
import { change, eventually, given, newKey, record } from '../../conformance/state-store/given.ts'
import { ownRedis, redisForTest } from '../../helpers/backends.ts'

async function build(t: Test, DATA_DIR: string, url?: { url: string; prefix: string }) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(clock)
  await app.register(errors)
  await app.register(metrics)
  await app.register(health)
  await app.register(redis, { REDIS_PREFIX: url?.prefix ?? 'none', ...(url ? { REDIS_URL: url.url } : {}) })
  await app.register(store, { DATA_DIR })
  await app.ready()
  return app
}

t.test('without Redis the state lives in DATA_DIR, which is free again after close()', async (t) => {
  const folder = t.testdir()
  const app = await build(t, folder)
  const key = newKey()
  await given(app.store, key)
  await t.rejects(build(t, folder), /in use by another server/)
  t.match(await app.health.readiness(), { status: 'ready', checks: { store: { status: 'ok' } } })
  await app.close()
  const again = await build(t, folder)
  t.strictSame(await again.store.read(key), record(1))
})

t.test('with Redis all instances share it', async (t) => {
  const shared = await redisForTest(t)
  if (!shared) return
  const [a, b] = [await build(t, t.testdir(), shared), await build(t, 'nowhere', shared)]
  const key = newKey()
  await given(a.store, key)
  t.strictSame(await b.store.read(key), record(1))
})

t.test('operations are measured, and failures counted', async (t) => {
  const app = await build(t, t.testdir())
  await given(app.store, newKey())
  await app.store.commit(newKey(), change(record(1), record(2)))
  await t.rejects(app.store.list('things', { limit: 1, cursor: '!' }))
  const text = await app.metrics.client.register.metrics()
  t.match(text, 'synckairos_store_operation_duration_ms_count{operation="commit"} 2')
  t.match(text, 'synckairos_store_operation_duration_ms_bucket{le="0.5",operation="commit"}')
  t.match(text, 'synckairos_store_errors_total{operation="list"} 1')
})

t.test('a store that does not answer makes the server not ready until it does', async (t) => {
  const own = await ownRedis(t)
  if (!own) return
  const app = await build(t, 'nowhere', { url: own.url, prefix: 'ready' })
  t.match(await app.health.readiness(), { status: 'ready' })
  await own.kill()
  t.match(await app.health.readiness(), { status: 'not_ready', checks: { store: { status: 'failed' } } })
  await own.restart()
  const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  await eventually({ pass }, async () => (await app.health.readiness()).status === 'ready')
  t.pass('it recovers by itself')
})

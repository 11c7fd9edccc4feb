import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { event, eventually, given, newKey, record } from '../../conformance/state-store/given.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { createTcpProxy } from '../../helpers/tcp-proxy.ts'
import { openRedisStore } from './redis-stores.ts'

const redis = await ownRedis(t)

if (redis) {
  t.test(
    'a reader of the outbox whose connection has died without a word finds out, and goes on',
    async (t) => {
      const proxy = await createTcpProxy(t, redis.port)
      const { store } = await openRedisStore(t, { url: `redis://127.0.0.1:${proxy.port}`, outbox: true })
      const { store: other } = await openRedisStore(t, { url: redis.url, outbox: true })
      const backend = { pass: (ms: number) => pause(ms) }
      const claimed = async () =>
        (
          await store
            .outbox()
            .claim(10, 500)
            .catch(() => null)
        )?.length
      await eventually(backend, async () => (await claimed()) === 0)
      proxy.silence()
      const key = newKey()
      await given(other, key, record(1), { events: [event(key, 1)] })
      await eventually(backend, async () => (await claimed()) === 1, 10_000)
      t.pass()
    },
  )
}

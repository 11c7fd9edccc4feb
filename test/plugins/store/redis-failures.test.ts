import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { StateStore } from '../../../plugins/store/state-store.ts'
import {
  COMMITTED,
  change,
  EPOCH,
  event,
  eventually,
  given,
  newKey,
  record,
} from '../../conformance/state-store/given.ts'
import { createRecorder } from '../../conformance/state-store/watching.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { createTcpProxy } from '../../helpers/tcp-proxy.ts'
import { openRedisStore } from './redis-stores.ts'

const UNAVAILABLE = { kind: 'unavailable', code: 'STORE_UNAVAILABLE' }
const UNREADABLE = { kind: 'internal', code: 'STATE_DESERIALIZATION_ERROR' }
const pass = async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
const isThere = (store: StateStore) => () =>
  store.check().then(
    () => true,
    () => false,
  )

async function admin(t: Test, url: string): Promise<Redis> {
  const client = new Redis(url)
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  return client
}

const redis = await ownRedis(t, ['--appendonly', 'yes'])

if (redis) {
  const { url } = redis

  t.test('a commit whose reply was lost is applied once and answered as committed', async (t) => {
    const proxy = await createTcpProxy(t, redis.port)
    const behind = `redis://127.0.0.1:${proxy.port}`
    const { store } = await openRedisStore(t, { url: behind, prefix: 'lost', outbox: true })
    const { store: direct } = await openRedisStore(t, { url, prefix: 'lost', outbox: true })
    const key = newKey()
    await given(store, key, record(1), { events: [event(key, 1)] })
    proxy.loseReplyTo('evalsha')
    const answer = { name: 'a', value: 'second', lifetime_ms: 60_000 }
    const second = change(record(1), record(2), { events: [event(key, 2)], answer })
    t.strictSame(await store.commit(key, second), COMMITTED)
    t.strictSame(await direct.read(key), record(2))
    t.equal(await direct.outbox().backlog(), 2)

    proxy.loseReplyTo('evalsha', async () => {
      for (let version = 4; version < 30; version++) {
        await direct.commit(key, change(record(version - 1), record(version)))
      }
    })
    const third = change(record(2), record(3), { events: [event(key, 3)] })
    t.strictSame(await store.commit(key, third), COMMITTED, 'also when others have gone on from it')
    t.strictSame(await direct.read(key), record(29))
    t.equal(await direct.outbox().backlog(), 3)

    proxy.loseReplyTo('evalsha')
    const stale = await store.commit(key, change(record(3), record(4)))
    t.strictSame(stale, { outcome: 'conflict', current: record(29), floor: 29 })
  })

  t.test('a change that follows a guess is one round trip', async (t) => {
    const proxy = await createTcpProxy(t, redis.port)
    const { store } = await openRedisStore(t, { url: `redis://127.0.0.1:${proxy.port}` })
    const key = newKey()
    await given(store, key)
    const before = proxy.requests
    for (let version = 2; version <= 11; version++) {
      const guess = await store.read(key, { guess: true })
      t.strictSame(
        await store.commit(key, change(guess, record(version, { label: `l${version}` }))),
        COMMITTED,
      )
    }
    t.equal(proxy.requests - before, 10)
  })

  t.test('scripts that Redis has forgotten are sent again', async (t) => {
    const { store } = await openRedisStore(t, { url })
    const key = newKey()
    await given(store, key)
    await (await admin(t, url)).script('FLUSH')
    t.strictSame(await store.commit(key, change(record(1), record(2))), COMMITTED)
  })

  t.test(
    'after a loss of the subscription the watchers are told of the gap and hear what follows',
    async (t) => {
      const { store } = await openRedisStore(t, { url })
      const { store: other } = await openRedisStore(t, { url })
      const client = await admin(t, url)
      const keys = Array.from({ length: 3 }, () => newKey())
      const recorders = keys.map(() => createRecorder())
      const topic = createRecorder<string>()
      for (const [i, key] of keys.entries()) await store.watch(key, recorders[i] as (typeof recorders)[0])
      const leave = await store.watch(newKey(), createRecorder())
      await store.watchTopic('things', topic)
      const gaps = recorders.map(({ gaps }) => gaps)
      await client.call('client', 'KILL', 'TYPE', 'pubsub')
      leave()
      for (const [i, key] of keys.entries()) {
        const recorder = recorders[i] as (typeof recorders)[0]
        await eventually({ pass }, () => recorder.gaps > (gaps[i] as number))
        await given(other, key, record(1), { broadcast: 'news' })
        await eventually({ pass }, () => recorder.updates.length === 1)
      }
      await eventually({ pass }, () => topic.updates.length === 3)
      t.ok(topic.gaps > 0)
    },
  )

  t.test('what is not ours under our names cannot be read, and says so', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'foreign' })
    const client = await admin(t, url)
    const key = newKey()
    await given(store, key)
    const [name = ''] = await client.keys('foreign:*:r:*')
    for (const damage of [
      ['hdel', 'd'],
      ['hset', 'e', 'x'],
      ['hset', 'v', ''],
    ] as const) {
      const [command, ...args] = damage
      await client.call(command, name, ...args)
      await t.rejects(store.read(key), UNREADABLE)
      await t.rejects(store.list('things', { limit: 10 }), UNREADABLE)
      await t.rejects(store.commit(key, change(record(7), record(8))), UNREADABLE)
    }
    await client.set(name, 'a string')
    await t.rejects(store.read(key), UNREADABLE)
    await t.rejects(store.commit(key, change(null, record(1))), UNREADABLE)
    await client.del(name)
    t.equal(await store.read(key), null)
  })

  t.test('all keys carry the prefix, and those of one record the same hash tag', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'keys', outbox: true })
    const key = newKey()
    const answer = { name: 'a', value: 'x', lifetime_ms: 60_000 }
    await given(store, key, record(1), { events: [event(key, 1)], deadline: EPOCH, answer })
    const names = await (await admin(t, url)).keys('keys:*')
    t.equal(names.length, 7)
    t.equal(new Set(names.map((name) => /^keys:(\{p\d+\}):/.exec(name)?.[1])).size, 1)
  })

  t.test(
    'what Redis let go at the end of its lifetime leaves the lists, the counts and the deadlines',
    async (t) => {
      const clock = createFakeClock()
      const { store } = await openRedisStore(t, { url, prefix: 'sweep', clock })
      const client = await admin(t, url)
      const short = { lifetime_ms: 30, deadline: EPOCH }
      const keys = Array.from({ length: 40 }, () => newKey())
      for (const key of keys) await given(store, key, record(1), short)
      await given(store, newKey(), record(1))
      await eventually({ pass }, async () => (await client.keys('sweep:*:r:*')).length === 1)
      t.equal(await store.count('things', 'open'), 41, 'Redis does not know of the index')
      t.strictSame(await store.list('things', { limit: 10 }), { records: [record(1)], next: null })
      t.strictSame(await store.due(EPOCH, 100), [])
      t.strictSame(await client.keys('sweep:*:deadlines'), [])
      await eventually({ pass }, async () => {
        clock.advance(1000)
        return (await store.count('things', 'open')) === 1
      })
      const [again] = keys
      await given(store, again as (typeof keys)[0], record(1, { epoch: EPOCH + 1 }))
      t.equal(await store.count('things', 'open'), 2)
    },
  )

  t.test('a Redis that is full refuses the whole change', async (t) => {
    const { store } = await openRedisStore(t, { url, outbox: true })
    const client = await admin(t, url)
    const key = newKey()
    await given(store, key)
    await client.config('SET', 'maxmemory', '1mb')
    t.teardown(() => client.config('SET', 'maxmemory', '0'))
    const backlog = await store.outbox().backlog()
    const next = record(2, { label: 'closed' })
    const full = change(record(1), next, { events: [event(key, 2)], deadline: EPOCH })
    await t.rejects(store.commit(key, full), UNAVAILABLE)
    await t.rejects(store.commit(newKey(), change(null, record(1))), UNAVAILABLE)
    t.strictSame(await store.read(key), record(1))
    t.strictSame((await store.list('things', { label: 'closed', limit: 10 })).records, [])
    t.equal(await store.outbox().backlog(), backlog)
    await client.config('SET', 'maxmemory', '0')
    t.strictSame(await store.commit(key, full), COMMITTED)
  })

  t.test('while Redis hangs, calls end within about 3 s, and afterwards all is well', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'hang' })
    const key = newKey()
    await given(store, key)
    redis.process.kill('SIGSTOP')
    t.teardown(() => redis.process.kill('SIGCONT'))
    const started_at = performance.now()
    await Promise.all([
      t.rejects(store.commit(key, change(record(1), record(2))), UNAVAILABLE),
      t.rejects(store.read(key), UNAVAILABLE),
      t.rejects(store.list('things', { limit: 10 }), UNAVAILABLE),
      t.rejects(store.watch(key, createRecorder()), UNAVAILABLE),
      t.rejects(store.check(), UNAVAILABLE),
    ])
    t.ok(performance.now() - started_at < 3500, `${performance.now() - started_at} ms`)
    redis.process.kill('SIGCONT')
    await eventually({ pass }, isThere(store))
    const current = await store.read(key)
    t.ok(current, 'whether the change was applied nobody promised')
    t.strictSame(await store.commit(key, change(current, record(3))), COMMITTED)
  })

  t.test('without Redis calls fail at once, and it comes back with what it had', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'away' })
    const key = newKey()
    const recorder = createRecorder()
    await given(store, key)
    await store.watch(key, recorder)
    await redis.kill('SIGTERM')
    const first = performance.now()
    await t.rejects(store.commit(key, change(record(1), record(2))), UNAVAILABLE)
    t.ok(performance.now() - first < 2000, 'a short absence is waited for')
    const second = performance.now()
    await t.rejects(store.read(key), UNAVAILABLE)
    await t.rejects(store.check(), UNAVAILABLE)
    t.ok(performance.now() - second < 200, 'a longer one is not')
    t.strictSame(await store.read(key, { guess: true }), record(1), 'a guess needs nobody')
    const gaps = recorder.gaps
    await redis.restart()
    await eventually({ pass }, isThere(store))
    t.strictSame(await store.read(key), record(1))
    await eventually({ pass }, () => recorder.gaps > gaps)
    t.strictSame(await store.commit(key, change(record(1), record(2))), COMMITTED)
    await eventually({ pass }, () => recorder.updates.length === 1)
  })

  t.test(
    'what was decided on a version that Redis has lost undoes nothing that came in its place',
    async (t) => {
      const { store: a } = await openRedisStore(t, { url, prefix: 'fell' })
      const { store: b } = await openRedisStore(t, { url, prefix: 'fell' })
      const client = await admin(t, url)
      const key = newKey()
      await given(a, key, record(8))
      const [name = ''] = await client.keys('fell:*:r:*')
      const kept = await client.dumpBuffer(name)
      for (const version of [9, 10]) await a.commit(key, change(record(version - 1), record(version)))
      await client.restore(name, 0, kept, 'REPLACE')

      const inPlace = (version: number) =>
        record(version, { document: `{"version":${version},"in_place":true}` })
      t.strictSame(await b.commit(key, change(record(8), inPlace(9))), COMMITTED)
      const guess = await a.read(key, { guess: true })
      t.strictSame(guess, record(10), 'what it saw last')
      const behind = { outcome: 'conflict', current: inPlace(9), floor: 9 }
      t.strictSame(await a.commit(key, change(guess, record(11))), behind)
      t.strictSame(await a.read(key, { guess: true }), inPlace(9), 'and steps back')
      t.strictSame(await b.commit(key, change(inPlace(9), inPlace(10))), COMMITTED)
      const sameVersion = { outcome: 'conflict', current: inPlace(10), floor: 10 }
      t.strictSame(await a.commit(key, change(record(10), record(11))), sameVersion)
      t.strictSame(await a.commit(key, change(inPlace(10), inPlace(11))), COMMITTED)
    },
  )

  t.test('a record of a release that keeps no checksums is compared without', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'older' })
    const client = await admin(t, url)
    const key = newKey()
    await given(store, key)
    const [name = ''] = await client.keys('older:*:r:*')
    await client.hset(name, 'v', 2, 'd', record(2).document)
    t.strictSame(
      await store.commit(key, change(record(2), record(3))),
      COMMITTED,
      'it left that of another version',
    )
    await client.hdel(name, 'c')
    t.strictSame(await store.commit(key, change(record(3), record(4))), COMMITTED)
  })

  t.test('a reader of the outbox survives a Redis that comes back empty', async (t) => {
    const { store } = await openRedisStore(t, { url, prefix: 'empty', outbox: true })
    const client = await admin(t, url)
    const key = newKey()
    await given(store, key, record(1), { events: [event(key, 1)] })
    t.equal((await store.outbox().claim(10, 0)).length, 1)
    await client.flushall()
    await given(store, key, record(1), { events: [event(key, 1)] })
    await eventually({ pass }, async () => (await store.outbox().claim(10, 100)).length === 1)
  })
}

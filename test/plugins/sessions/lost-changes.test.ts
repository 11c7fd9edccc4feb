import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { createClient } from '../../../sdk/index.ts'
import { build, call } from '../../helpers/app.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { listen, openEvents, watch } from '../../helpers/realtime.ts'
import { startSession } from '../../helpers/sessions.ts'
import { until } from '../../helpers/until.ts'

const redis = await ownRedis(t)

/** Two instances on one Redis that can be taken back to what it was, as after a failover to a replica that lagged. */
async function deploy(t: Test, REDIS_PREFIX: string) {
  const url = redis?.url as string
  const client = new Redis(url)
  t.teardown(() => client.disconnect())
  const clock = createFakeClock()
  const settings = { REDIS_URL: url, REDIS_PREFIX }
  const lines: string[] = []
  const logStream = { write: (line: string) => void lines.push(line) }
  const a = await build(t, { ...settings, LOG_LEVEL: 'warn' }, { clock, logStream })
  const b = await build(t, settings, { clock })
  const keep = async () => {
    const names = await client.keys(`${REDIS_PREFIX}:*`)
    const dumps = await Promise.all(names.map((name) => client.dumpBuffer(name)))
    return async () => {
      await client.del(await client.keys(`${REDIS_PREFIX}:*`))
      await Promise.all(names.map((name, i) => client.restore(name, 0, dumps[i] as Buffer)))
    }
  }
  /** What a failover does to connections. */
  const disconnect = async () => {
    for (const type of ['normal', 'pubsub'])
      await client.call('client', 'kill', 'type', type, 'skipme', 'yes')
  }
  return { a, b, clock, keep, disconnect, lines }
}

const rising = (versions: number[]) =>
  versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0))

const metric = async (app: Awaited<ReturnType<typeof build>>) => {
  const { body } = await call(app, 'GET', '/metrics')
  return Number(/^synckairos_store_regressions_total (\d+)$/m.exec(body)?.[1])
}

if (redis) {
  t.test('after a loss everybody who watches gets the present state, above all that was seen', async (t) => {
    const { a, b, keep, disconnect, lines } = await deploy(t, 'told')
    const { id, url } = await startSession(a)
    const sockets = [await watch(t, a, id), await watch(t, b, id)]
    const delta = await watch(t, a, `${id}&delta=1`)
    const stream = await openEvents(t, b, id)
    const sdk = createClient({ url: `http://${await listen(a)}` })
    t.teardown(() => sdk.close())
    const live = sdk.session(id)
    for (let i = 0; i < 3; i++) await call(a, 'POST', `${url}/switch`)
    const lose = await keep()
    const before = (await call(a, 'GET', url)).body.data
    for (let i = 0; i < 4; i++) await call(i % 2 ? a : b, 'POST', `${url}/switch`)
    await until(
      () => live.confirmed?.version,
      (version) => version === 9,
    )
    await lose()
    t.equal((await call(a, 'GET', url)).body.data.version, 5)
    await disconnect()

    for (const each of [...sockets, stream]) {
      const { version, state } = await each.until(({ version }) => version > 9)
      t.equal(version, 10)
      t.strictSame({ ...state, version: 5, updated_at: before.updated_at }, before)
      t.ok(rising(each.versions), `${each.versions}`)
    }
    t.match(await delta.until(({ version }) => version > 9), { type: 'STATE_SYNC', version: 10 })
    await until(
      () => live.confirmed?.version,
      (version) => version === 10,
    )
    await call(b, 'POST', `${url}/switch`)
    for (const each of [...sockets, stream])
      t.equal((await each.until(({ version }) => version > 10)).version, 11)
    t.equal((await metric(a)) + (await metric(b)), 1, 'one of the instances has done it')
    const told = lines.filter((line) => line.includes('lost changes'))
    t.equal(told.length, await metric(a))
  })

  t.test('an event stream that goes on from a lost event gets what is there in its place', async (t) => {
    const { a, b, clock, keep } = await deploy(t, 'place')
    const { id, url } = await startSession(a)
    const lose = await keep()
    await call(a, 'POST', `${url}/switch`)
    const first = await openEvents(t, a, id)
    await first.until('STATE_SYNC')
    const headers = { 'last-event-id': first.seen.ids[0] ?? '' }
    first.request.destroy()
    await until(
      () => a.realtime.hub.keys,
      (keys) => keys === 0,
    )
    await lose()
    clock.advance(1)
    await call(b, 'POST', `${url}/switch`)
    const again = await openEvents(t, b, id, headers)
    t.match(await again.until('STATE_SYNC'), { version: 3, state: (await call(a, 'GET', url)).body.data })
    t.not(again.seen.ids[0], headers['last-event-id'])
  })

  t.test('a change that follows a lost one is told above it, also when it is refused', async (t) => {
    const { a, b, clock, keep } = await deploy(t, 'next')
    const { url } = await startSession(a)
    const lose = await keep()
    for (let i = 0; i < 3; i++) await call(a, 'POST', `${url}/switch`)
    await lose()
    const switched = await call(a, 'POST', `${url}/switch`)
    t.match(switched, { status: 200, body: { data: { version: 7 } } }, '5 was lost, 6 tells of it')
    await lose()
    const stale = await call(a, 'POST', `${url}/switch`, { expected_version: 7 })
    t.match(stale, { status: 409, body: { error: { details: { expected_version: 7, actual_version: 8 } } } })
    t.equal((await call(b, 'GET', url)).body.data.version, 8)
    await lose()
    clock.advance(70_000)
    await until(
      async () => (await call(b, 'GET', url)).body.data,
      ({ version }) => version === 10,
    )
    const { data } = (await call(b, 'GET', url)).body
    t.equal(data.participants[0].has_expired, true, 'what was due comes after it')
    t.equal((await metric(a)) + (await metric(b)), 3)
  })
}

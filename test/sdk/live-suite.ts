import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config } from '../../app.ts'
import { type ClientOptions, createClient, type LiveSession } from '../../sdk/index.ts'
import type { Deploy } from '../conformance/deployment.ts'
import { build, call } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { gateTo } from '../helpers/gate.ts'
import { listen } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import { createTcpProxy } from '../helpers/tcp-proxy.ts'
import { until } from '../helpers/until.ts'
import { createFakeTime, type FakeTime } from './fake-time.ts'

type Watcher = Awaited<ReturnType<typeof watch>>

/** A client behind a gate whose time the test moves, and one session that it follows, once it is `status`. */
export async function watch(
  t: Test,
  app: FastifyInstance,
  id: string,
  { status = 'live', ...options }: ClientOptions & { status?: LiveSession['status'] } = {},
) {
  const gate = await gateTo(t, options.url ? String(options.url) : `http://${await listen(app)}`)
  const time = createFakeTime()
  const client = createClient({ time, random: () => 0.5, ...options, url: gate.url })
  t.teardown(() => client.close())
  const live = client.session(id)
  const seen = { versions: [] as number[], expired: [] as string[], deleted: 0, sockets: 0 }
  live.on('update', ({ version }, { optimistic, rolled_back }) => {
    if (!optimistic && !rolled_back) seen.versions.push(version)
  })
  live.on('expired', ({ participant_id }) => void seen.expired.push(participant_id))
  live.on('deleted', () => void seen.deleted++)
  client.on('connection', ({ status }) => {
    if (status === 'live') seen.sockets += 1
  })
  await is(live, status)
  return { gate, time, client, live, seen }
}

const is = (live: LiveSession, status: LiveSession['status']) =>
  until(
    () => live.status,
    (now) => now === status,
  )

const has = (live: LiveSession, version: number) =>
  until(
    () => live.confirmed?.version,
    (now) => now === version,
  )

/** Lets the client's time pass until it tries to connect again. */
async function reconnect(
  { time, client, live }: Pick<Watcher, 'time' | 'client' | 'live'>,
  status: LiveSession['status'] = 'live',
) {
  await until(
    () => client.connection.status,
    (now) => now === 'offline',
  )
  time.advance(Math.max(0, (client.connection.retry_at ?? 0) - time.now()))
  await is(live, status)
}

const rising = (versions: number[]) =>
  versions.every((version, i) => i === 0 || version > (versions[i - 1] as number))

/** What live sessions do on every deployment: `a` and `b` are two ways into it. */
export function liveSuite(t: Test, deploy: Deploy): void {
  t.test('every update of either side arrives at both, in order', async (t) => {
    const { a, b } = await deploy(t)
    const { id, players } = await startSession(a)
    const [one, two] = [await watch(t, a, id), await watch(t, b, id)]
    for (let i = 0; i < 20; i++) {
      const { live } = i % 2 ? two : one
      const { version } = await live.switch({ current_participant_id: players[i % 2] as string })
      await Promise.all([has(one.live, version), has(two.live, version)])
      t.equal(version, i + 3)
    }
    const expected = Array.from({ length: 21 }, (_, i) => i + 2)
    t.same(one.seen.versions, expected)
    t.same(two.seen.versions, expected)
    t.same(one.live.state, two.live.state)
    t.equal(one.live.pending, false)
  })

  t.test('of two who end the same turn at once, one does', async (t) => {
    const { a, b } = await deploy(t)
    const { id } = await startSession(a)
    const [one, two] = [await watch(t, a, id), await watch(t, b, id)]
    for (let version = 2; version < 12; version++) {
      const outcomes = await Promise.allSettled(
        [one, two].map(({ live }) => live.switch({ expected_version: version })),
      )
      t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      await Promise.all([has(one.live, version + 1), has(two.live, version + 1)])
      t.same(one.live.state, two.live.state)
    }
    t.ok(rising(one.seen.versions) && rising(two.seen.versions))
  })

  t.test(
    'a connection that was cut is there again after one backoff step, with the newest state',
    async (t) => {
      const { a, b } = await deploy(t)
      const { id, url } = await startSession(a)
      const one = await watch(t, a, id)
      one.time.advance(5000)
      await one.gate.shut()
      await is(one.live, 'offline')
      t.equal(one.client.connection.attempt, 1)
      t.ok((one.client.connection.retry_at ?? 0) - one.time.now() <= 1000)
      for (let i = 0; i < 3; i++) await call(b, 'POST', `${url}/switch`)
      await one.gate.open()
      await reconnect(one)
      await has(one.live, 5)
      t.equal(one.seen.sockets, 2)
      t.ok(rising(one.seen.versions))
      await call(b, 'POST', `${url}/switch`)
      await has(one.live, 6)
    },
  )

  t.test('a server that is away for long is tried again, and followed when it is back', async (t) => {
    const { a } = await deploy(t)
    const { id } = await startSession(a)
    const one = await watch(t, a, id)
    await one.gate.shut()
    for (let attempt = 1; attempt <= 6; attempt++) {
      await until(
        () => one.client.connection,
        ({ status, attempt: now }) => status === 'offline' && now === attempt,
      )
      if (attempt < 6) one.time.advance((one.client.connection.retry_at ?? 0) - one.time.now())
    }
    await one.gate.open()
    await reconnect(one)
    t.equal(one.client.connection.transport, 'websocket')
    t.equal(one.client.connection.attempt, 0)
  })

  t.test('a connection that only looks alive is given up', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const one = await watch(t, a, id)
    one.gate.freeze()
    await call(b, 'POST', `${url}/switch`)
    one.time.advance(4900)
    t.equal(one.live.status, 'live')
    one.time.advance(7100)
    t.match(one.client.connection, { status: 'offline', code: 'SILENT' })
    await reconnect(one)
    await has(one.live, 3)
  })

  t.test('a switch whose answer is lost takes effect once', async (t) => {
    const { a } = await deploy(t)
    const { id, players } = await startSession(a)
    const address = await listen(a)
    const proxy = await createTcpProxy(t, Number(address.split(':')[1]))
    const one = await watch(t, a, id, { url: `http://127.0.0.1:${proxy.port}` })
    proxy.loseReplyTo(`/v1/sessions/${id}/switch`)
    const switched = one.live.switch()
    t.equal(one.live.state?.active_participant_id, players[1])
    const passing = setInterval(() => one.time.advance(500), 20)
    t.teardown(() => clearInterval(passing))
    t.match(await switched, { version: 3, active_participant_id: players[1] })
    await has(one.live, 3)
    t.equal(one.live.state?.active_participant_id, players[1])
    t.same(one.seen.versions, [2, 3])
  })

  t.test('what was done without a connection takes effect in order once there is one', async (t) => {
    const { a, b } = await deploy(t)
    const { id, players, url } = await startSession(a)
    const [one, two] = [await watch(t, a, id), await watch(t, b, id)]
    await one.gate.shut()
    await is(one.live, 'offline')
    const [first, second] = players as [string, string]
    const done = [
      one.live.switch({ current_participant_id: first, expected_version: 2 }),
      one.live.switch({ current_participant_id: second, expected_version: 3 }),
      one.live.pause(),
    ]
    t.match(one.live.state, { version: 5, status: 'paused', active_participant_id: first })
    await t.rejects(one.live.switch(), { code: 'OFFLINE' })
    await one.gate.open()
    await reconnect(one)
    t.same(
      (await Promise.all(done)).map(({ version }) => version),
      [3, 4, 5],
    )
    await has(two.live, 5)
    t.same(two.seen.versions, [2, 3, 4, 5])
    t.same(one.live.confirmed, (await call(b, 'GET', url)).body.data)
  })

  t.test('a held switch is refused when somebody else was faster', async (t) => {
    const { a, b } = await deploy(t)
    const { id, players, url } = await startSession(a)
    const one = await watch(t, a, id)
    await one.gate.shut()
    await is(one.live, 'offline')
    const turn = { current_participant_id: players[0] as string, expected_version: 2 }
    const refused = t.rejects(one.live.switch(turn), { code: 'CONFLICT' })
    await call(b, 'POST', `${url}/switch`)
    await one.gate.open()
    await reconnect(one)
    await refused
    await has(one.live, 3)
    t.equal(one.live.state?.active_participant_id, players[1], 'and not switched twice')
  })

  t.test(
    'a session that does not exist, exists, is deleted and created anew is followed all along',
    async (t) => {
      const { a, b } = await deploy(t)
      const body = newSession()
      const url = `/v1/sessions/${body.session_id}`
      const one = await watch(t, a, body.session_id, { status: 'missing' })
      await call(b, 'POST', '/v1/sessions', body)
      await is(one.live, 'live')
      const states: number[] = []
      const reading = (async () => {
        for await (const { version } of one.live) states.push(version)
      })()
      await one.live.start()
      await one.live.delete()
      await is(one.live, 'deleted')
      await reading
      t.same(states, [1, 2])
      t.equal(one.seen.deleted, 1)
      await call(b, 'POST', '/v1/sessions', body)
      await is(one.live, 'live')
      t.equal(one.live.confirmed?.status, 'pending')
      await call(b, 'DELETE', url)
      await is(one.live, 'deleted')
      t.equal(one.client.connection.status, 'live', 'which ends no connection')
    },
  )

  t.test('a session that went while nobody was connected is known to be gone', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const one = await watch(t, a, id)
    await one.gate.shut()
    await call(b, 'DELETE', url)
    await one.gate.open()
    await reconnect(one, 'deleted')
    t.equal(one.live.state, null)
    t.equal(one.seen.deleted, 1)
  })

  t.test('that a clock runs out is told to everybody, once', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { id, players } = await startSession(a, { totals: [5000, 60_000] })
    const watchers = [await watch(t, a, id), await watch(t, b, id)]
    const [first, second] = watchers.map(({ live }) => live)
    await until(() => watchers.every(({ client }) => client.clock.synced), Boolean)
    t.equal(first?.remaining(players[0] as string), 5000)
    clock.advance(5000)
    for (const { live, seen } of watchers) {
      await has(live, 3)
      t.same(seen.expired, [players[0]])
    }
    await first?.switch()
    await has(second as LiveSession, 4)
    t.same(
      watchers.flatMap(({ seen }) => seen.expired),
      [players[0], players[0]],
    )
  })

  t.test('200 sessions of one client come over one socket', async (t) => {
    const { a, b } = await deploy(t)
    const before = a.realtime.sockets.size
    const sessions = await Promise.all(Array.from({ length: 200 }, () => startSession(a)))
    const one = await watch(t, a, sessions[0]?.id as string)
    const lives = sessions.map(({ id }) => one.client.session(id))
    await until(
      () => lives.filter(({ status }) => status === 'live').length,
      (count) => count === 200,
    )
    t.equal(a.realtime.sockets.size - before, 1)
    await Promise.all(sessions.map(({ url }) => call(b, 'POST', `${url}/switch`)))
    await until(
      () => lives.filter(({ confirmed }) => confirmed?.version === 3).length,
      (count) => count === 200,
    )
    t.same(one.client.connection.status, 'live')
  })

  t.test('where a proxy lets no WebSocket through, event streams bring the same', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const proxy = await createTcpProxy(t, Number((await listen(a)).split(':')[1]), {
      refuse: 'upgrade: websocket',
    })
    const time = createFakeTime()
    const client = createClient({ url: `http://127.0.0.1:${proxy.port}`, time, random: () => 0.5 })
    t.teardown(() => client.close())
    const live = client.session(id)
    for (const attempt of [1, 2]) {
      await until(
        () => client.connection,
        (now) => now.attempt === attempt && now.status === 'offline',
      )
      time.advance((client.connection.retry_at ?? 0) - time.now())
    }
    await is(live, 'live')
    t.match(client.connection, { status: 'live', transport: 'sse' })
    await call(b, 'POST', `${url}/switch`)
    await has(live, 3)
    await live.pause()
    await has(live, 4)
    await live.delete()
    await is(live, 'deleted')
  })

  t.test('the right token opens what the wrong one does not', async (t) => {
    const { a } = await deploy(t, { AUTH_TOKENS: 'right', AUTH_READS: 1 })
    const body = newSession()
    await call(a, 'POST', '/v1/sessions', body, { authorization: 'Bearer right' })
    const time = createFakeTime()
    let token = 'wrong'
    const client = createClient({
      url: `http://${await listen(a)}`,
      time,
      random: () => 0.5,
      token: () => token,
    })
    t.teardown(() => client.close())
    const live = client.session(body.session_id)
    const errors: string[] = []
    live.on('error', ({ kind }) => void errors.push(kind))
    await pass(time, () => live.status === 'denied')
    t.same(errors, ['unauthorised'])
    token = 'right'
    await pass(time, () => live.status === 'live')
    t.equal(client.connection.transport, 'websocket')
  })
}

/** What live sessions do when their only server is restarted: `settings` tell where it keeps what it knows. */
export function restartSuite(t: Test, settings: (t: Test) => Promise<Partial<Config>>): void {
  t.test('a server that is restarted is followed on, and gets what was done meanwhile', async (t) => {
    const where = await settings(t)
    const clock = createFakeClock()
    const first = await build(t, where, { clock })
    const { id, players } = await startSession(first)
    const one = await watch(t, first, id)
    const { port } = first.server.address() as AddressInfo
    await first.close()
    await is(one.live, 'offline')
    const switched = one.live.switch({ current_participant_id: players[0] as string, expected_version: 2 })
    clock.advance(1000)
    const second = await build(t, where, { clock })
    await second.listen({ port, host: '127.0.0.1' })
    await reconnect(one)
    t.match(await switched, { version: 3, active_participant_id: players[1] })
    await has(one.live, 3)
    t.match(await one.live.pause(), { version: 4 })
    t.same(one.seen.versions, [2, 3, 4])
  })
}

/** Lets the client's time pass, a little after each thing that really happens, until it is so. */
async function pass(time: FakeTime, isSo: () => boolean) {
  await until(async () => {
    time.advance(100)
    for (let i = 0; i < 5; i++) await turn()
    return isSo()
  }, Boolean)
}

import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Config } from '../../app.ts'
import { createClient } from '../../sdk/index.ts'
import type { Deploy } from '../conformance/deployment.ts'
import { build, call } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { listen } from '../helpers/realtime.ts'
import { startSession } from '../helpers/sessions.ts'
import { createTcpProxy } from '../helpers/tcp-proxy.ts'
import { until } from '../helpers/until.ts'
import { createFakeTime } from './fake-time.ts'

import { has, is, passing, reconnect, rising, watch } from './live-watch.ts'

/** What becomes of live sessions on every deployment when the network fails them. */
export function networkSuite(t: Test, deploy: Deploy): void {
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
    t.match(await passing(one.time, switched), { version: 3, active_participant_id: players[1] })
    await has(one.live, 3)
    t.equal(one.live.state?.active_participant_id, players[1])
    t.same(one.seen.versions, [2, 3])
  })

  t.test('a switch that names no version does not take effect later than 10 s after it', async (t) => {
    const { a } = await deploy(t)
    const { id, url, players } = await startSession(a)
    const one = await watch(t, a, id)
    one.gate.freeze()
    const switched = one.live.switch()
    t.equal(one.live.state?.active_participant_id, players[1])
    const unknown = t.rejects(switched, { code: 'OUTCOME_UNKNOWN' })
    one.time.advance(10_000)
    await unknown
    t.equal(one.live.state?.active_participant_id, players[0], 'what was shown is taken back')
    one.time.advance(2000)
    await reconnect(one)
    for (let i = 0; i < 60; i++) one.time.advance(1000)
    t.match((await call(a, 'GET', url)).body.data, { version: 2, active_participant_id: players[0] })
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

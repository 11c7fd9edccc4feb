import type { Test } from 'tap'
import { createClient, type LiveSession } from '../../sdk/index.ts'
import type { Deploy } from '../conformance/deployment.ts'
import { call } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { createFakeTime } from './fake-time.ts'

import { has, is, pass, rising, watch } from './live-watch.ts'

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

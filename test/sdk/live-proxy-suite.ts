import type { Test } from 'tap'
import type { LiveSession } from '../../sdk/index.ts'
import type { Deploy } from '../conformance/deployment.ts'
import { call } from '../helpers/app.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { has, pass, passing, reconnect, rising, watch } from './live-watch.ts'
import { balance, slowPortOf } from './network.ts'

/** A switch that is safe to repeat: it says from whom, and on which version. */
const turnOf = ({ confirmed }: LiveSession) => ({
  current_participant_id: confirmed?.active_participant_id as string,
  expected_version: confirmed?.version as number,
})

/** A game through proxies that delay, cut and half-open connections, on every deployment. */
export function proxySuite(t: Test, deploy: Deploy): void {
  t.test('through 40 ms of jitter, cuts and half-open connections each move counts once', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const [one, two] = await Promise.all(
      [a, b].map(async (app) => {
        const port = await slowPortOf(t, app)
        return watch(t, app, id, { url: `http://127.0.0.1:${port}` })
      }),
    )
    if (!one || !two) throw new Error('nobody plays')
    let version = 2
    const move = async ({ live, time }: typeof one) => {
      await has(live, version)
      const moved = await passing(time, live.switch(turnOf(live)))
      t.equal(moved.version, ++version)
    }
    for (let round = 0; round < 3; round++) {
      await move(one)
      await move(two)

      await one.gate.shut()
      await move(two)
      await move(two)
      await one.gate.open()
      await reconnect(one)
      await has(one.live, version)

      two.gate.freeze()
      await move(one)
      two.time.advance(12_000)
      // Node.js may ask for the next socket over a connection that is as dead: then it takes another attempt.
      await pass(two.time, () => two.live.status === 'live')
      await has(two.live, version)
    }
    t.ok(rising(one.seen.versions) && rising(two.seen.versions))
    t.same(one.live.confirmed, (await call(a, 'GET', url)).body.data)
    t.same(two.live.confirmed, one.live.confirmed)
    t.equal(version, 2 + 3 * 5)
  })
}

/** What becomes of a client when its instance goes and another one takes its place: `deploy` brings up two of them. */
export function failOverSuite(t: Test, deploy: Deploy): void {
  t.test('a client that comes to another instance misses nothing, and sees nothing older', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const balancer = await balance(t, await Promise.all([a, b].map((app) => slowPortOf(t, app))))
    const one = await watch(t, a, id, { url: balancer.url })
    for (let round = 0; round < 6; round++) {
      const [present, next] = round % 2 ? [b, a] : [a, b]
      t.ok(present.realtime.sockets.size > 0)
      await until(
        () => next.realtime.sockets.size,
        (size) => size === 0,
      )
      const before = one.live.confirmed?.version as number
      // One that is answered, one by somebody else that the client may not have heard of, one under way.
      t.equal((await one.live.switch(turnOf(one.live))).version, before + 1)
      await has(one.live, before + 1)
      const turn = turnOf(one.live)
      if (round % 3 === 0) await call(present, 'POST', `${url}/switch`)
      const third = one.live.switch(turn).then(
        ({ version }) => version,
        ({ code }) => code,
      )
      balancer.failOver()
      t.equal(await passing(one.time, third), round % 3 === 0 ? 'CONFLICT' : before + 2)
      await pass(one.time, () => one.live.status === 'live' && next.realtime.sockets.size > 0, 25)
      await has(one.live, before + 2)
      t.same(one.live.confirmed, (await call(next, 'GET', url)).body.data)
    }
    t.ok(rising(one.seen.versions), String(one.seen.versions))
    t.equal(one.live.confirmed?.version, 2 + 6 * 2, 'each move took effect once')
  })
}

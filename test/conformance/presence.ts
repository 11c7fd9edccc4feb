import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { call } from '../helpers/app.ts'
import type { FakeClock } from '../helpers/fake-clock.ts'
import { connect, openEvents, watch } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

/** Rounds of a second until what one instance says has reached the other, each with as many looks at it. */
const [ROUNDS, LOOKS] = [6, 100]

/** Lets seconds pass until `ask` answers what is wanted; gives the last answer. */
export async function eventually<T>(clock: FakeClock, ask: () => Promise<T>, wanted: (answer: T) => boolean) {
  let answer = await ask()
  for (let round = 0; round < ROUNDS && !wanted(answer); round++) {
    clock.advance(1000)
    for (let look = 0; look < LOOKS && !wanted(answer); look++) {
      await setImmediate()
      answer = await ask()
    }
  }
  return answer
}

export const watchersOf = async (app: FastifyInstance, id: string) =>
  (await call(app, 'GET', `/v1/sessions/${id}/watchers`)).body.data

export const instancesOf = async (app: FastifyInstance) => (await call(app, 'GET', '/v1/instances')).body.data

/** Who is there, whichever instance is asked. */
export function presenceSuite(t: Test, deploy: Deploy): void {
  t.test('every instance tells of all instances, in the same order', async (t) => {
    const { a, b, clock } = await deploy(t)
    const count = a === b ? 1 : 2
    const lists = []
    for (const app of [a, b]) {
      const list = await eventually(
        clock,
        () => instancesOf(app),
        ({ instances }) => instances.length === count,
      )
      t.equal(list.partial, false)
      for (const instance of list.instances) {
        t.match(instance, { pid: process.pid, node: process.version, store: a === b ? 'embedded' : 'redis' })
        t.ok(Date.parse(instance.seen_at) >= Date.parse(instance.started_at))
        t.match(instance.figures, { requests_per_second: Number, sockets: 0, streams: 0, subscriptions: 0 })
      }
      lists.push(list.instances.map(({ id }: { id: string }) => id))
    }
    t.equal(new Set(lists[0]).size, count)
    t.strictSame(lists[0], lists[1])
  })

  t.test('every instance tells who watches a session at any of them', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { id, url } = await startSession(a)
    const many = await connect(t, a, '/ws?multiplex=1&client=wall%20screen')
    many.send({ type: 'SUBSCRIBE', sessionId: id })
    await many.until('STATE_SYNC')
    clock.advance(10)
    const own = await watch(t, b, id)
    await own.until('STATE_SYNC')
    clock.advance(10)
    const stream = await openEvents(t, b, id, {}, '?client=curl')
    await stream.until('STATE_SYNC')

    const ask = (app: FastifyInstance, total: number) =>
      eventually(
        clock,
        () => watchersOf(app, id),
        (answer) => answer.total === total,
      )
    const answers = [await ask(a, 3), await ask(b, 3)]
    t.strictSame(answers[0], answers[1])
    const { total, partial, watchers } = answers[0]
    t.strictSame([total, partial], [3, false])
    t.match(watchers, [
      { name: 'wall screen', transport: 'websocket', connected_at: String },
      { name: null, transport: 'websocket' },
      { name: 'curl', transport: 'sse' },
    ])
    t.equal(new Set(watchers.map(({ id }: { id: string }) => id)).size, 3)
    const known = (await instancesOf(a)).instances.map(({ id }: { id: string }) => id)
    t.ok(watchers.every(({ instance }: { instance: string }) => known.includes(instance)))

    many.send({ type: 'UNSUBSCRIBE', sessionId: id })
    await many.roundTrip()
    stream.request.destroy()
    for (const app of [a, b]) t.match(await ask(app, 1), { total: 1, watchers: [{ name: null }] })
    await call(a, 'DELETE', url)
    await own.closed
    for (const app of [a, b]) t.strictSame(await ask(app, 0), { total: 0, partial: false, watchers: [] })
  })

  t.test('who waits for a session watches it, who asks for its state once does not', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { id } = await startSession(a)
    const absent = newSession().session_id
    const socket = await watch(t, a, absent)
    socket.send({ type: 'RECONNECT', sessionId: id })
    await socket.until('STATE_SYNC')
    const waiting = await eventually(
      clock,
      () => watchersOf(b, absent),
      ({ total }) => total === 1,
    )
    t.equal(waiting.total, 1)
    t.equal((await watchersOf(b, id)).total, 0)
    t.equal((await watchersOf(a, 'no-session-at-all')).total, 0)
  })
}

import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { call } from '../helpers/app.ts'
import { connect, openEvents, watch } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

const RACING = 500

const rises = (versions: number[]) => versions.every((v, i) => i === 0 || v > (versions[i - 1] ?? 0))

/** What readers see, whichever instance they are connected to and whichever one makes the change. */
export function realtimeSuite(t: Test, deploy: Deploy): void {
  t.test('a change made on one instance reaches the sockets and streams of the other', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const readers = await Promise.all([watch(t, a, id), watch(t, b, id), openEvents(t, b, id)])
    for (const reader of readers) t.equal((await reader.until('STATE_SYNC')).version, 2)
    const steps = [
      ['switch', 3],
      ['pause', 4],
      ['resume', 5],
      ['complete', 6],
    ] as const
    for (const [step, version] of steps) {
      await call(a, 'POST', `${url}/${step}`)
      for (const reader of readers) t.match(await reader.until('STATE_UPDATE'), { sessionId: id, version })
    }
    await call(a, 'DELETE', url)
    for (const reader of readers) t.match(await reader.until('SESSION_DELETED'), { sessionId: id })
  })

  t.test('who connects before the session exists is told of it', async (t) => {
    const { a, b } = await deploy(t)
    const body = newSession()
    const early = await watch(t, b, body.session_id)
    early.send({ type: 'RECONNECT' })
    await early.until('ERROR')
    await call(a, 'POST', '/v1/sessions', body)
    t.match(await early.until('STATE_UPDATE'), { version: 1, state: { status: 'pending' } })
  })

  t.test(`${RACING} racing switches: every reader sees versions rise strictly, up to the last`, async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const readers = await Promise.all([
      watch(t, a, id),
      watch(t, b, id),
      openEvents(t, a, id),
      openEvents(t, b, id),
    ])
    const answers = await Promise.all(
      Array.from({ length: RACING }, (_, i) => call(i % 2 ? a : b, 'POST', `${url}/switch`)),
    )
    const last = 2 + answers.filter(({ status }) => status === 200).length
    for (const reader of readers) {
      await reader.until(({ version }) => version === last)
      t.ok(rises(reader.versions))
    }
    t.comment(`${last - 2} changes; seen by the readers: ${readers.map(({ versions }) => versions.length)}`)
  })

  t.test('who connects while changes are made misses none after the state it got', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const changes = (async () => {
      for (let i = 0; i < 60; i++) await call(i % 2 ? a : b, 'POST', `${url}/switch`)
    })()
    const readers = []
    for (let i = 0; i < 20; i++) readers.push(await watch(t, i % 2 ? a : b, id))
    await changes
    for (const reader of readers) {
      await reader.until(({ version }) => version === 62)
      const [first = 0] = reader.versions
      t.equal(reader.messages[1].type, 'STATE_SYNC', 'the state comes first')
      t.strictSame(
        reader.versions,
        Array.from({ length: 63 - first }, (_, i) => first + i),
      )
    }
  })

  t.test('a turn that runs out is told once to every reader', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { id } = await startSession(a, { totals: [2000, 2000] })
    const readers = await Promise.all([watch(t, a, id), watch(t, b, id), openEvents(t, b, id)])
    for (const reader of readers) await reader.until('STATE_SYNC')
    clock.advance(2000)
    for (const reader of readers) {
      const { version, state } = await reader.until('STATE_UPDATE')
      t.equal(version, 3)
      t.equal(state.participants[0].has_expired, true)
    }
    await quiet(a, b)
    for (const reader of readers) t.strictSame(reader.versions, [2, 3])
  })

  t.test('a socket without a session of its own watches many, and outlives all of them', async (t) => {
    const { a, b } = await deploy(t)
    const [one, later] = [await startSession(a), newSession()]
    const socket = await connect(t, b, '/v1/ws?multiplex=1')
    t.equal((await socket.until('CONNECTED')).sessionId, null)
    for (const sessionId of [one.id, later.session_id]) socket.send({ type: 'SUBSCRIBE', sessionId })
    t.match(await socket.until('STATE_SYNC'), { sessionId: one.id, version: 2 })
    t.match(await socket.until('ERROR'), { sessionId: later.session_id, code: 'SESSION_NOT_FOUND' })
    await call(a, 'POST', '/v1/sessions', later)
    t.match(await socket.until('STATE_UPDATE'), { sessionId: later.session_id, version: 1 })
    await call(a, 'DELETE', one.url)
    const { version } = await socket.until('SESSION_DELETED')
    await call(b, 'POST', '/v1/sessions', one.body)
    const back = await socket.until('STATE_UPDATE')
    t.equal(back.sessionId, one.id)
    t.ok(back.version > version, 'above the version of its deletion')
  })

  t.test('a session that comes back after its deletion goes on above its last version', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url, body } = await startSession(a)
    const host = await watch(t, b, newSession().session_id)
    host.send({ type: 'SUBSCRIBE', sessionId: id })
    await host.until('STATE_SYNC')
    await call(a, 'DELETE', url)
    const { version } = await host.until('SESSION_DELETED')
    t.ok(version > 2)
    await call(b, 'POST', '/v1/sessions', body)
    t.ok((await host.until('STATE_UPDATE')).version > version)
  })
}

/** Lets both instances finish what they have in hand: an update would have come before these answers. */
async function quiet(a: FastifyInstance, b: FastifyInstance) {
  for (let i = 0; i < 5; i++) {
    await call(a, 'GET', '/v1/time')
    await call(b, 'GET', '/ready')
  }
}

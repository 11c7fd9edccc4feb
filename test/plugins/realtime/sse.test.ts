import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Value } from '@sinclair/typebox/value'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { COMMENT_INTERVAL_MS } from '../../../plugins/http/event-stream.ts'
import { type RealtimeConfig, RealtimeConfigSchema } from '../../../plugins/realtime/config.ts'
import { createHub } from '../../../plugins/realtime/hub.ts'
import { sessionCodec } from '../../../plugins/realtime/session-codec.ts'
import { createStreams } from '../../../plugins/realtime/sse.ts'
import { build, call } from '../../helpers/app.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { listen, openEvents, watch } from '../../helpers/realtime.ts'
import { startSession } from '../../helpers/sessions.ts'
import { createFakeStore } from './fake-store.ts'

async function setUp(t: Test, settings: Parameters<typeof build>[1] = {}) {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { app, clock }
}

t.test('a stream begins with the state and brings each change, as the WebSocket has it', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const socket = await watch(t, app, id)
  const stream = await openEvents(t, app, id)
  await stream.until('STATE_SYNC')
  await call(app, 'POST', `${url}/switch`)
  const event = await stream.until('STATE_UPDATE')
  t.strictSame(event, await socket.until('STATE_UPDATE'))
  t.strictSame(stream.versions, [2, 3])
  t.match(stream.seen, { ids: [/^\d+-2-\w+$/, /^\d+-3-\w+$/], retry: 1000 })
  t.match(stream.response.headers, {
    'content-type': /^text\/event-stream/,
    'cache-control': /no-cache/,
    'x-accel-buffering': 'no',
    'x-request-id': String,
  })
})

t.test('Last-Event-ID spares the state that it names, and no other', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const first = await openEvents(t, app, id)
  await first.until('STATE_SYNC')
  const lastId = first.seen.ids[0] ?? ''
  const resumed = await openEvents(t, app, id, { 'last-event-id': lastId })
  await call(app, 'POST', `${url}/switch`)
  await resumed.until('STATE_UPDATE')
  t.strictSame(resumed.versions, [3])
  for (const stale of [lastId, '1-1', '999999999999999-1', 'nonsense', '']) {
    const stream = await openEvents(t, app, id, { 'last-event-id': stale })
    t.equal((await stream.until('STATE_SYNC')).version, 3)
  }
})

t.test('without a session it is an ordinary 404, before the stream starts', async (t) => {
  const { app } = await setUp(t)
  for (const id of [randomUUID(), 'no-uuid']) {
    const { status, body } = await call(app, 'GET', `/v1/sessions/${id}/events`)
    t.equal(status, 404)
    t.equal(body.error.code, 'SESSION_NOT_FOUND')
  }
  t.equal(app.realtime.hub.subscriptions, 0)
  t.equal(app.realtime.streams.size, 0)
})

t.test('the deletion is told and ends the stream', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const stream = await openEvents(t, app, id)
  await stream.until('STATE_SYNC')
  await call(app, 'DELETE', url)
  t.match(await stream.until('SESSION_DELETED'), { sessionId: id })
  await stream.ended
  t.equal(app.realtime.streams.size, 0)
  t.equal(app.realtime.hub.subscriptions, 0)
})

t.test('HEAD is answered and leaves nothing open', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const url = `http://${await listen(app)}/v1/sessions/${id}/events`
  const response = await fetch(url, { method: 'HEAD' })
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), /^text\/event-stream/)
  t.equal((await fetch(url.replace(id, randomUUID()), { method: 'HEAD' })).status, 404)
  t.equal(app.realtime.streams.size, 0)
  t.equal(app.realtime.hub.subscriptions, 0)
})

t.test('pages of allowed origins may read it', async (t) => {
  const { app } = await setUp(t, { CORS_ORIGIN: 'https://app.example.org' })
  const { id } = await startSession(app)
  const { response } = await openEvents(t, app, id, { origin: 'https://app.example.org' })
  t.match(response.headers, {
    'access-control-allow-origin': 'https://app.example.org',
    'access-control-allow-credentials': 'true',
    'x-content-type-options': 'nosniff',
  })
})

t.test('a silent stream is kept alive by comments', async (t) => {
  const { app, clock } = await setUp(t)
  const { id } = await startSession(app)
  const { seen, response, until } = await openEvents(t, app, id)
  await until('STATE_SYNC')
  while (seen.comments < 3) {
    clock.advance(COMMENT_INTERVAL_MS)
    await once(response, 'data')
  }
  t.ok(COMMENT_INTERVAL_MS <= 15_000)
})

t.test('an address may open so many streams, and again when they are closed', async (t) => {
  const { app } = await setUp(t, { SSE_MAX_STREAMS_PER_IP: 1 })
  const { id } = await startSession(app)
  const first = await openEvents(t, app, id)
  await first.until('STATE_SYNC')
  const refused = await openEvents(t, app, id)
  await refused.ended
  t.equal(refused.response.statusCode, 429)
  t.ok(refused.response.headers['retry-after'])
  t.match(refused.seen.text, 'RATE_LIMIT_EXCEEDED')
  first.request.destroy()
  while (app.realtime.streams.size > 0) await setImmediate()
  t.equal((await openEvents(t, app, id)).response.statusCode, 200)
})

t.test('shutdown ends the streams, read or not', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const stream = await openEvents(t, app, id)
  await stream.until('STATE_SYNC')
  await app.close()
  await stream.ended
  t.equal(app.realtime.streams.size, 0)
})

/** Streams over a store that answers when the test says so. */
async function setUpHeld(t: Test) {
  const clock = createFakeClock()
  const store = createFakeStore()
  store.keep('a', 1)
  const hub = createHub({ store, clock })
  hub.register('sessions', sessionCodec)
  const metrics = { received() {}, sent() {}, slow() {} }
  const config = Value.Default(RealtimeConfigSchema, {}) as RealtimeConfig
  const streams = createStreams({ hub, clock, config, metrics, standing: () => () => true })
  const app = Fastify()
  app.get<{ Params: { id: string } }>('/v1/sessions/:id/events', (request, reply) =>
    streams.open(request, reply, { topic: 'sessions', id: request.params.id }),
  )
  t.teardown(() => app.close())
  return { app, store, hub, streams }
}

t.test('a client that leaves before the state was read leaves nothing behind', async (t) => {
  const { app, store, hub, streams } = await setUpHeld(t)
  const release = store.hold()
  const request = get(`http://${await listen(app)}/v1/sessions/a/events`).on('error', () => {})
  while (streams.size === 0) await setImmediate()
  request.destroy()
  while (streams.size > 0) await setImmediate()
  release()
  await setImmediate()
  t.equal(hub.subscriptions, 0)
  t.equal(hub.keys, 0)
})

t.test('a stream that is asked for while the server shuts down is refused', async (t) => {
  const { app, store, streams } = await setUpHeld(t)
  const release = store.hold()
  const opening = openEvents(t, app, 'a')
  while (streams.size === 0) await setImmediate()
  const closed = streams.close()
  release()
  const { response } = await opening
  await closed
  t.equal(response.statusCode, 500, 'which the errors plugin makes a 503')
})

t.test('streams are counted, and their length is no request duration', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const stream = await openEvents(t, app, id)
  await stream.until('STATE_SYNC')
  t.match((await call(app, 'GET', '/metrics')).body, /^synckairos_sockets\{transport="sse"\} 1$/m)
  stream.request.destroy()
  while (app.realtime.streams.size > 0) await setImmediate()
  const { body } = await call(app, 'GET', '/metrics')
  t.notMatch(body, /duration_ms.*\/events/)
})

/** What comes back over one connection, as it is on the wire. */
async function talk(t: Test, host: string) {
  const socket = connect(Number(host.split(':')[1]), '127.0.0.1').setEncoding('utf8')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  return {
    ask: (line: string) => socket.write(`${line}\r\nHost: ${host}\r\n\r\n`),
    async until(pattern: RegExp) {
      while (!pattern.test(text)) await once(socket, 'data')
      return text
    },
  }
}

t.test('the connection of a stream that ended takes the next request', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const { ask, until } = await talk(t, await listen(app))
  ask(`GET /v1/sessions/${id}/events HTTP/1.1`)
  await until(/STATE_SYNC.*\n\n\r\n$/)
  await call(app, 'POST', `${url}/switch`)
  await until(/STATE_UPDATE.*\n\n\r\n$/)
  await call(app, 'DELETE', url)
  const text = await until(/SESSION_DELETED.*\n\n\r\n0\r\n\r\n$/)
  for (const [, size = '', event = ''] of text.matchAll(/\r\n([0-9a-f]+)\r\n(id: .*\ndata: .*\n\n)/g)) {
    t.equal(Number.parseInt(size, 16), Buffer.byteLength(event), 'a chunk is as long as it says')
  }
  ask('GET /health HTTP/1.1')
  await until(/"status":"ok"/)
})

t.test('a client of HTTP/1.0 gets the events without chunks', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const { ask, until } = await talk(t, await listen(app))
  ask(`GET /v1/sessions/${id}/events HTTP/1.0`)
  await until(/STATE_SYNC/)
  await call(app, 'POST', `${url}/switch`)
  t.match(await until(/STATE_UPDATE.*\n\n/), /\n\nid: \d+-3-\w+\ndata: \{"type":"STATE_UPDATE"/)
})

t.test('delta is 1 or not there', async (t) => {
  const { app } = await setUp(t)
  const { url } = await startSession(app)
  t.match(await call(app, 'GET', `${url}/events?delta=yes`), {
    status: 400,
    body: { error: { code: 'VALIDATION_ERROR', details: [{ field: 'delta' }] } },
  })
})

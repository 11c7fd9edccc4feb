import t, { type Test } from 'tap'
import type { Connection } from '../../sdk/client-types.ts'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { createSocket } from '../../sdk/socket.ts'
import { createFakeSockets, type FakeSocket } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'
import { calm, createFakeStreams, idOf } from './live-fakes.ts'

const TIMESTAMP = Date.UTC(2026, 0, 1)
const CONNECTED = { type: 'CONNECTED', sessionId: null, timestamp: TIMESTAMP }
const PONG = { type: 'PONG', timestamp: TIMESTAMP }
const missing = (sessionId: string) => ({
  type: 'ERROR',
  code: 'SESSION_NOT_FOUND',
  message: '',
  error: '',
  timestamp: TIMESTAMP,
  sessionId,
})

function setUp(
  t: Test,
  { token, sockets = true }: { token?: () => string | undefined; sockets?: boolean } = {},
) {
  const time = createFakeTime()
  const fake = createFakeSockets()
  const events = createFakeStreams()
  const connections: Connection[] = []
  const heard: string[] = []
  const woken = { times: 0 }
  const socket = createSocket({
    endpoint: createEndpoint('http://server.test/base', token),
    fetch: events.fetch,
    WebSocket: sockets ? fake.WebSocket : undefined,
    time,
    random: () => 1,
    name: 'me',
    onConnection: (connection) => void connections.push(connection),
    onTime: () => void heard.push('time'),
    onWake: () => void woken.times++,
  })
  t.teardown(() => socket.close())
  const watch = (n: number) => socket.watch(idOf(n), (message) => void heard.push(`${n} ${message.type}`))
  const last = () => fake.sockets.at(-1) as FakeSocket
  /** The newest socket is let in and greeted. */
  const greet = () => {
    last().open()
    last().say(CONNECTED)
  }
  const said = (from: FakeSocket = last()) => from.sent.map((text) => JSON.parse(text))
  const told = () =>
    connections.map(({ status, transport, code }) => [status, transport ?? code].filter(Boolean).join(' '))
  return { time, fake, events, connections, heard, socket, watch, last, greet, said, told, woken }
}

t.test('nothing is opened before something is watched, and then one socket for everything', async (t) => {
  const { fake, socket, watch, greet, last, said, heard, told } = setUp(t, { token: () => 'gehêim' })
  t.match(socket.connection, { status: 'idle', transport: null, attempt: 0, retry_at: null })
  watch(1)
  watch(2)
  t.equal(fake.sockets.length, 1)
  t.equal(last().url, 'ws://server.test/base/v1/ws?multiplex=1&client=me')
  t.same(last().protocols, ['synckairos', `bearer.${Buffer.from('gehêim').toString('base64url')}`])
  t.equal(socket.connection.status, 'connecting')
  last().open()
  t.same(said(), [], 'nothing is said before the server has greeted')
  greet()
  t.match(socket.connection, { status: 'live', transport: 'websocket', attempt: 0 })
  watch(3)
  t.same(
    said(),
    [1, 2, 3].map((n) => ({ type: 'SUBSCRIBE', sessionId: idOf(n) })),
  )
  last().say(missing(idOf(2)))
  last().say({ type: 'TIME_SYNC', t0: 1, t1: 2, t2: 3 })
  last().say({ type: 'SOMETHING_NEW', sessionId: idOf(3) })
  last().say('not JSON')
  last().say('null')
  last().say(missing(idOf(9)))
  t.same(heard, ['2 ERROR', 'time', '3 SOMETHING_NEW'])
  t.same(told(), ['connecting', 'live websocket'])
})

t.test(
  'hundreds of sessions are asked for a few at a time, and each answer goes to its own watcher',
  async (t) => {
    const { watch, greet, last, said, heard } = setUp(t)
    for (let n = 0; n < 200; n++) watch(n)
    greet()
    t.equal(said().length, 32)
    for (let n = 0; n < 200; n++) last().say(missing(idOf(n)))
    t.equal(said().length, 200)
    t.same(
      heard,
      Array.from({ length: 200 }, (_, n) => `${n} ERROR`),
    )
  },
)

t.test('a server that has no more room is asked no more until there is some', async (t) => {
  const { watch, greet, last, said, socket } = setUp(t)
  for (let n = 0; n < 100; n++) watch(n)
  greet()
  const full = (n: number) => ({ ...missing(idOf(n)), code: 'SUBSCRIPTION_LIMIT_EXCEEDED' })
  for (let n = 0; n < 10; n++) last().say(missing(idOf(n)))
  const before = said().length
  for (let n = 10; n < before; n++) last().say(full(n))
  t.equal(said().length, before, 'the first refusal ends it')
  socket.unwatch(idOf(0))
  t.same(said().at(before), { type: 'UNSUBSCRIBE', sessionId: idOf(0) })
  t.equal(said()[before + 1].type, 'SUBSCRIBE')
})

t.test('a silent server is noticed within 12 s, a slow one is not given up', async (t) => {
  const { watch, greet, last, said, time, told, socket } = setUp(t)
  watch(1)
  greet()
  time.advance(5000)
  t.same(said().at(-1), { type: 'PING' })
  time.advance(6900)
  last().say(PONG)
  for (let i = 0; i < 20; i++) {
    time.advance(4000)
    last().say(missing(idOf(1)))
  }
  t.equal(socket.connection.status, 'live', 'any message is a sign of life')
  const since = time.now()
  while (socket.connection.status === 'live') time.advance(100)
  t.ok(time.now() - since > 6000 && time.now() - since <= 12_000, `after ${time.now() - since} ms`)
  t.match(socket.connection, { status: 'offline', code: 'SILENT', transport: null, attempt: 1 })
  t.ok(last().given_up)
  t.same(told(), ['connecting', 'live websocket', 'offline SILENT'])
  last().say(CONNECTED)
  last().drop()
  t.equal(told().length, 3, 'what a socket says that was given up is not heard')
})

t.test('after a sleep of the machine a socket has two seconds to prove that it lives', async (t) => {
  const { watch, greet, last, said, time, socket, woken } = setUp(t)
  watch(1)
  greet()
  time.advance(4000)
  time.sleep(60_000)
  time.advance(1000)
  t.equal(woken.times, 1)
  t.same(said().filter(({ type }) => type === 'PING').length, 2, 'the beat, and the proof')
  last().say(PONG)
  time.advance(4900)
  t.equal(socket.connection.status, 'live')
  time.sleep(60_000)
  time.advance(100)
  t.equal(woken.times, 2)
  time.advance(1900)
  t.equal(socket.connection.status, 'live')
  time.advance(100)
  t.equal(socket.connection.code, 'SILENT')
})

t.test('a timer that is late proves nothing: what was said meanwhile is heard first', async (t) => {
  const { watch, greet, last, time, socket } = setUp(t)
  watch(1)
  greet()
  time.advance(5000)
  time.sleep(30_000)
  time.advance(1900)
  last().say(PONG)
  time.advance(5000)
  t.equal(socket.connection.status, 'live')
})

t.test('attempts are spread over 1, 2, 4 ... 60 s, and a connection that held begins anew', async (t) => {
  const { watch, greet, last, time, socket, fake } = setUp(t)
  watch(1)
  greet()
  time.advance(5000)
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    // Greeted, so that these are failures of the network and not of sockets.
    last().drop()
    t.equal(socket.connection.attempt, i + 1)
    const wait = (socket.connection.retry_at ?? 0) - time.now()
    waits.push(wait / 1000)
    time.advance(wait - 1)
    t.equal(fake.sockets.length, i + 1)
    time.advance(1)
    t.equal(fake.sockets.length, i + 2)
    greet()
  }
  t.same(waits, [1, 2, 4, 8, 16, 32, 60, 60])
  time.advance(5000)
  last().drop()
  t.equal((socket.connection.retry_at ?? 0) - time.now(), 1000)
})

t.test('a server that does not greet is given up after 10 s', async (t) => {
  const { watch, last, time, socket } = setUp(t)
  watch(1)
  last().open()
  time.advance(9999)
  t.equal(socket.connection.status, 'connecting')
  time.advance(1)
  t.match(socket.connection, { status: 'offline', code: 'SILENT' })
})

t.test('where no socket can be opened twice in a row, event streams do its work until one can', async (t) => {
  const { watch, last, greet, time, socket, fake, events, heard, told } = setUp(t, { token: () => 'secret' })
  watch(1)
  last().drop()
  time.advance(1000)
  last().drop()
  time.advance(2000)
  t.equal(fake.sockets.length, 2)
  await calm()
  t.match(socket.connection, { status: 'live', transport: 'sse' })
  t.equal(events.streams[0]?.path, `/base/v1/sessions/${idOf(1)}/events`)
  t.equal(events.streams[0]?.headers.get('authorization'), 'Bearer secret')
  t.notOk(socket.askTime(1))
  events.streams[0]?.say({ type: 'STATE_SYNC', sessionId: idOf(1) })
  await calm()
  t.same(heard, ['1 STATE_SYNC'])
  const keepAlive = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10_000) {
      time.advance(10_000)
      for (const stream of events.streams) stream.comment()
      await calm()
    }
  }
  await keepAlive(60_000)
  t.equal(fake.sockets.length, 3, 'a socket is tried beside it')
  last().drop()
  t.equal(socket.connection.transport, 'sse')
  await keepAlive(60_000)
  watch(2)
  greet()
  t.match(socket.connection, { status: 'live', transport: 'websocket' })
  t.same(
    last().sent.map((text) => JSON.parse(text).sessionId),
    [idOf(1), idOf(2)],
  )
  t.same(told(), [
    'connecting',
    'offline CONNECTION_FAILED',
    'connecting',
    'offline CONNECTION_FAILED',
    'connecting',
    'live sse',
    'live websocket',
  ])
  time.advance(5000)
  last().drop()
  time.advance(1000)
  t.equal(fake.sockets.length, 5, 'and the next attempt is a socket again')
  t.equal(events.streams.length, 2)
})

t.test('streams that fail, too, take turns with sockets', async (t) => {
  const { watch, last, time, events, fake, socket } = setUp(t)
  events.state.refusal = new TypeError('fetch failed')
  watch(1)
  for (const wait of [1000, 2000]) {
    last().drop()
    time.advance(wait)
  }
  await calm()
  t.equal(events.state.requests.length, 1)
  t.match(socket.connection, { status: 'offline', attempt: 3 })
  time.advance(4000)
  t.equal(fake.sockets.length, 3)
  last().drop()
  time.advance(8000)
  await calm()
  t.equal(events.state.requests.length, 2)
})

t.test('without WebSockets, or where their constructor throws, streams are used', async (t) => {
  const none = setUp(t, { sockets: false })
  none.watch(1)
  await calm()
  t.match(none.socket.connection, { status: 'live', transport: 'sse' })
  const refused = setUp(t)
  refused.fake.state.refuse = true
  refused.watch(1)
  refused.time.advance(0)
  refused.time.advance(1000)
  refused.time.advance(0)
  refused.time.advance(2000)
  await calm()
  t.match(refused.socket.connection, { status: 'live', transport: 'sse' })
})

t.test('credentials that were refused are not tried again; others are', async (t) => {
  const state: { token: string | undefined } = { token: 'old' }
  const { watch, last, greet, time, socket, fake } = setUp(t, { token: () => state.token })
  watch(1)
  greet()
  last().drop(4001)
  t.match(socket.connection, { status: 'offline', code: 'UNAUTHORIZED', retry_at: null })
  t.ok(socket.denied)
  time.advance(600_000)
  t.equal(fake.sockets.length, 1)
  state.token = 'new'
  time.advance(6000)
  t.equal(fake.sockets.length, 2)
  t.notOk(socket.denied)
  state.token = 'newer'
  last().drop(4001)
  t.notOk(socket.denied, 'the one that was refused is not the one there is')
  time.advance(2000)
  t.equal(fake.sockets.length, 3)
  greet()
  t.equal(socket.connection.status, 'live')
  last().drop(1008)
  t.match(socket.connection, { code: 'REFUSED', retry_at: null })
  socket.retry()
  t.equal(fake.sockets.length, 4, 'whoever has reason to can insist')
})

t.test('a token function that fails is no token, and ends nothing', async (t) => {
  const { watch, time, socket } = setUp(t, {
    token() {
      throw new Error('locked')
    },
  })
  watch(1)
  time.advance(0)
  t.match(socket.connection, { status: 'offline', code: 'CONNECTION_FAILED' })
})

t.test('a stream that is refused for its credentials is not asked for again', async (t) => {
  const { watch, events, time, socket } = setUp(t, { sockets: false })
  events.state.refusal = Response.json({ error: { code: 'UNAUTHORIZED', message: 'who?' } }, { status: 401 })
  watch(1)
  await calm()
  t.ok(socket.denied)
  t.equal(socket.connection.code, 'UNAUTHORIZED')
  time.advance(60_000)
  await calm()
  t.equal(events.state.requests.length, 1)
})

t.test('a connection outlives its last session by a second', async (t) => {
  const { watch, greet, last, said, time, socket, fake } = setUp(t)
  watch(1)
  greet()
  socket.unwatch(idOf(1))
  socket.unwatch(idOf(1))
  t.same(said().at(-1), { type: 'UNSUBSCRIBE', sessionId: idOf(1) })
  time.advance(900)
  watch(2)
  time.advance(2000)
  t.equal(fake.sockets.length, 1)
  t.equal(socket.connection.status, 'live')
  socket.unwatch(idOf(2))
  time.advance(1000)
  t.equal(socket.connection.status, 'idle')
  t.ok(last().given_up)
  t.equal(time.waiting, 0, 'nothing keeps the program running')
  watch(3)
  t.equal(fake.sockets.length, 2)
})

t.test('who has nothing to watch any more does not wait to connect', async (t) => {
  const { watch, last, time, socket, fake } = setUp(t)
  watch(1)
  last().drop()
  socket.unwatch(idOf(1))
  time.advance(120_000)
  t.equal(fake.sockets.length, 1)
  t.equal(socket.connection.status, 'idle')
  t.equal(time.waiting, 0)
})

t.test('close() ends everything, for good', async (t) => {
  const { watch, greet, last, time, socket, fake, told } = setUp(t)
  watch(1)
  greet()
  socket.close()
  watch(2)
  socket.retry()
  time.advance(60_000)
  t.ok(last().given_up)
  t.equal(fake.sockets.length, 1)
  t.equal(time.waiting, 0)
  t.same(told(), ['connecting', 'live websocket', 'closed'])
})

import t from 'tap'
import { calm, idOf } from './live-fakes.ts'
import { setUp } from './live-socket-set-up.ts'

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

t.test('a page that may not open a socket keeps its stream', async (t) => {
  const { watch, last, time, events, fake, socket } = setUp(t)
  watch(1)
  for (const wait of [1000, 2000]) {
    last().drop()
    time.advance(wait)
  }
  await calm()
  fake.state.refuse = true
  for (let i = 0; i < 13; i++) {
    time.advance(10_000)
    events.streams[0]?.comment()
    await calm()
  }
  t.match(socket.connection, { status: 'live', transport: 'sse' })
  t.equal(events.streams.length, 1)
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
  t.ok(socket.connection.denied)
  time.advance(600_000)
  t.equal(fake.sockets.length, 1)
  state.token = 'new'
  time.advance(6000)
  t.equal(fake.sockets.length, 2)
  t.notOk(socket.connection.denied)
  state.token = 'newer'
  last().drop(4001)
  t.match(socket.connection, { denied: true, retry_at: time.now() + 2000 }, 'but there is another one to try')
  time.advance(2000)
  t.equal(fake.sockets.length, 3)
  greet()
  t.equal(socket.connection.status, 'live')
  last().drop(1008)
  t.match(socket.connection, { code: 'REFUSED', retry_at: null })
  socket.retry()
  t.equal(fake.sockets.length, 4, 'whoever has reason to can insist')
})

t.test('a token that has run out is no denial; one that is new each time, and never good, is', async (t) => {
  let n = 0
  const { watch, time, socket, events } = setUp(t, { token: () => `token-${n++}`, sockets: false })
  const refusal = Response.json({ error: { code: 'UNAUTHORIZED', message: 'who?' } }, { status: 401 })
  const again = async (meanwhile: Response | Error | null) => {
    events.state.refusal = meanwhile
    time.advance((socket.connection.retry_at ?? 0) - time.now())
    await calm()
  }
  watch(1)
  await calm()
  events.streams[0]?.end()
  await calm()
  for (const meanwhile of [refusal, new TypeError('fetch failed'), refusal]) {
    await again(meanwhile)
    const denied = { status: 'offline', denied: true, code: 'UNAUTHORIZED' }
    t.match(socket.connection, denied, 'also while the network fails')
  }
  await again(null)
  t.match(socket.connection, { status: 'live', denied: false, code: undefined })
  const { socket: other, ...rest } = setUp(t, { token: () => `token-${n++}` })
  rest.watch(1)
  rest.greet()
  rest.last().drop(4001)
  t.match(other.connection, { status: 'offline', denied: false, code: 'UNAUTHORIZED' }, 'it had been good')
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
  t.ok(socket.connection.denied)
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

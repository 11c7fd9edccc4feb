import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createEndpoint } from '../../sdk/endpoint.ts'
import type { FeedMessage } from '../../sdk/run-links.ts'
import { watchRuns } from '../../sdk/run-watch.ts'
import { createFakeFetch, type Fate, failure } from './fake-fetch.ts'
import { createFakeSockets } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'

const event = (n: number) => ({ type: 'test_progress', id: `1-${n}-r`, run_id: 'r', data: { block: n } })

/** A watch on fake time; what it told, in short. */
function setUp(
  t: Test,
  { fates = [] as Fate[], sockets = true, token = undefined as string | undefined } = {},
) {
  const time = createFakeTime()
  const fake = createFakeSockets()
  const { fetch, sent } = createFakeFetch(...fates)
  const told: string[] = []
  const connections: string[] = []
  const stop = watchRuns(
    {
      endpoint: createEndpoint('http://server.test/p', token),
      fetch,
      WebSocket: sockets ? fake.WebSocket : undefined,
      time,
      random: () => 1,
      timeout_ms: 10_000,
    },
    {
      event: ({ id }) => told.push(id),
      reset: () => told.push('reset'),
      connection: ({ status, transport, attempt, retry_at, code }) =>
        connections.push(
          [status, transport, attempt || null, retry_at && `+${retry_at - time.now()}`, code]
            .filter(Boolean)
            .join(' '),
        ),
    },
  )
  t.teardown(stop)
  const calm = async () => {
    for (let i = 0; i < 10; i++) await turn()
  }
  /** Lets time pass, with what it sets off. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      time.advance(Math.min(1000, ms - passed))
      await calm()
    }
  }
  const socket = () => {
    const last = fake.sockets.at(-1)
    if (!last) throw new Error('there is no socket')
    return last
  }
  return { time, fake, sent, told, connections, stop, calm, pass, socket }
}

/** A stream of events that a test writes. */
function createStream() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  return {
    readable,
    write: (text: string) => writer.write(new TextEncoder().encode(text)),
    say: (message: object & { id?: string }) =>
      writer.write(new TextEncoder().encode(`id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`)),
    end: () => writer.close(),
  }
}

t.test('a watch begins with a reset, and goes on after the last event', async (t) => {
  const { socket, told, connections, pass, fake, stop } = setUp(t, { token: 'T' })
  t.equal(socket().url, 'ws://server.test/p/v1/runs/ws')
  t.same(socket().protocols, ['synckairos', 'bearer.VA'])
  t.same(told, [], 'nothing is read before what follows would be heard')
  socket().open()
  t.same(told, ['reset'])
  socket().say(event(1))
  socket().say(event(2))
  socket().say('no message')
  socket().drop()
  await pass(1000)
  t.equal(socket().url, 'ws://server.test/p/v1/runs/ws?last_event_id=1-2-r')
  socket().open()
  socket().say(event(3))
  t.same(told, ['reset', '1-1-r', '1-2-r', '1-3-r'])

  socket().say({ type: 'reset', id: '2-9-r' } satisfies FeedMessage)
  socket().drop()
  await pass(2000)
  t.match(socket().url, /last_event_id=2-9-r$/)
  socket().open()
  socket().say({ type: 'reset', id: null } satisfies FeedMessage)
  socket().drop()
  await pass(4000)
  t.notMatch(socket().url, /last_event_id/)
  socket().open()
  t.same(told.slice(4), ['reset', 'reset', 'reset'], 'with nothing to go on from the list is read again')

  t.same(connections.slice(0, 5), [
    'connecting websocket',
    'live websocket',
    'offline 1 +1000 CLOSED',
    'connecting websocket 1',
    'live websocket',
  ])
  const made = fake.sockets.length
  stop()
  stop()
  t.match(connections.at(-1), /^closed/)
  t.equal(socket().given_up, true)
  socket().say(event(9))
  socket().drop()
  await pass(100_000)
  t.equal(fake.sockets.length, made)
  t.equal(told.includes('1-9-r'), false)
})

t.test('the first retry is soon again once a connection has lasted', async (t) => {
  const { socket, pass, connections } = setUp(t)
  for (const lasts of [0, 1000, 5000]) {
    socket().open()
    await pass(lasts)
    socket().drop()
    t.match(connections.at(-1), lasts === 0 ? /\+1000/ : lasts === 1000 ? /\+2000/ : /\+1000/)
    await pass(2000)
  }
})

t.test('a server that says nothing is noticed once it is known to answer', async (t) => {
  const { socket, pass, connections, time, fake } = setUp(t)
  socket().open()
  await pass(15_000)
  t.same(socket().sent, ['{"type":"PING"}'])
  await pass(60_000)
  t.equal(fake.sockets.length, 1, 'an old server does not answer, and is none the worse for it')
  socket().say({ type: 'PONG', timestamp: 1 })
  await pass(15_000)
  const asked = socket().sent.length
  await pass(6000)
  socket().say({ type: 'PONG', timestamp: 2 })
  await pass(14_000)
  t.equal(socket().sent.length, asked)
  await pass(1000 + 7000)
  t.match(connections.at(-1), /^offline 1 .* SILENT$/)
  t.equal(fake.sockets[0]?.given_up, true)

  await pass(1000)
  socket().open()
  socket().say({ type: 'PONG', timestamp: 3 })
  const second = socket()
  time.sleep(3_600_000)
  await pass(5000)
  t.equal(second.sent.length, 1, 'after a sleep it is asked at once')
  await pass(2000)
  t.equal(connections.filter((each) => each.endsWith('SILENT')).length, 2)
})

t.test('a socket that does not open in time is given up', async (t) => {
  const { socket, pass, connections, fake } = setUp(t)
  await pass(10_000)
  t.match(connections.at(-1), /^offline 1 \+1000 SILENT$/)
  socket().open()
  t.equal(connections.length, 2, 'and nobody listens to it any more')
  await pass(1000)
  t.equal(fake.sockets.length, 2)
})

t.test(
  'after two sockets that did not open, events come as a stream; and when neither does, in turns',
  async (t) => {
    const stream = createStream()
    const later = createStream()
    const fates: Fate[] = [
      failure(503, 'DRAINING', { retry_after: '20' }),
      { stream: stream.readable },
      { stream: later.readable },
    ]
    const { socket, pass, connections, sent, told, calm, fake } = setUp(t, { fates, token: 'T' })
    socket().drop()
    await pass(1000)
    socket().drop()
    await pass(2000)
    t.match(connections.at(-1), /^offline 3 \+20000 DRAINING$/)
    await pass(20_000)
    t.equal(fake.sockets.length, 3)
    socket().drop()
    await pass(8000)
    t.equal(fake.sockets.length, 4)
    socket().drop()
    await pass(16_000)
    t.equal(connections.at(-1), 'live sse')
    t.match(sent.at(-1)?.url, 'http://server.test/p/v1/runs/events')
    t.equal(sent.at(-1)?.headers.get('authorization'), 'Bearer T')
    t.equal(sent.at(-1)?.headers.get('last-event-id'), null)

    await stream.say(event(1))
    await stream.write('event: reset\nid: 5-1-r\ndata: {}\n\n')
    await stream.say(event(2))
    await calm()
    t.same(told, ['reset', '1-1-r', 'reset', '1-2-r'])
    await stream.end()
    await calm()
    t.match(connections.at(-1), /^offline .* CLOSED$/)
    await pass(32_000)
    t.equal(sent.at(-1)?.headers.get('last-event-id'), '1-2-r', 'what worked is tried again')
    t.equal(connections.at(-1), 'live sse')
    t.equal(fake.sockets.length, 4)
  },
)

t.test('without sockets there are streams; one that is silent for 45 s is dead', async (t) => {
  const stream = createStream()
  const second = createStream()
  const { pass, connections, calm, stop, time } = setUp(t, {
    sockets: false,
    fates: [{ stream: stream.readable }, { stream: second.readable }, 'silence'],
  })
  await calm()
  t.equal(connections.at(-1), 'live sse')
  for (let i = 0; i < 4; i++) {
    await pass(40_000)
    await stream.write(': still here\n\n')
    await calm()
  }
  t.equal(connections.at(-1), 'live sse')
  await pass(45_000)
  t.match(connections.at(-1), /^offline 1 \+1000 SILENT$/)
  await pass(1000)
  t.equal(connections.at(-1), 'live sse')
  await second.write('data: no message\n\n')
  await calm()
  t.match(connections.at(-1), /CONNECTION_FAILED$/)
  await pass(2000 + 10_000)
  t.match(connections.at(-1), /SILENT$/)
  stop()
  t.equal(time.waiting, 0)
})

t.test('a socket that cannot even be made counts as one that did not open', async (t) => {
  const fake = createFakeSockets()
  fake.state.refuse = true
  const time = createFakeTime()
  const { fetch, sent } = createFakeFetch('silence')
  const stop = watchRuns(
    {
      endpoint: createEndpoint('http://server.test', undefined),
      fetch,
      WebSocket: fake.WebSocket,
      time,
      random: () => 1,
      timeout_ms: 10_000,
    },
    { event: () => {}, reset: () => {} },
  )
  time.advance(1000)
  time.advance(2000)
  t.equal(sent.length, 1)
  stop()
  await turn()
  t.equal(time.waiting, 0)
})

t.test('a watcher may stop whenever it is told something', async (t) => {
  for (const word of ['connecting', 'live', 'offline']) {
    const fake = createFakeSockets()
    const time = createFakeTime()
    const { fetch } = createFakeFetch('silence')
    const common = { endpoint: createEndpoint('http://server.test', undefined), fetch, time }
    let stop = () => {}
    let armed = false
    let resets = 0
    stop = watchRuns(
      { ...common, WebSocket: fake.WebSocket, random: () => 1, timeout_ms: 10_000 },
      {
        event: () => {},
        reset: () => void resets++,
        connection: ({ status }) => armed && status === word && stop(),
      },
    )
    armed = true
    fake.sockets[0]?.open()
    fake.sockets[0]?.drop()
    time.advance(1000)
    time.advance(100_000)
    t.equal(time.waiting, 0, word)
    t.equal(fake.sockets.length, 1)
    t.equal(resets, word === 'live' ? 0 : 1)
  }
})

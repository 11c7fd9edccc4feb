import t from 'tap'
import { idOf } from './live-fakes.ts'
import { CONNECTED, missing, PONG, setUp } from './live-socket-set-up.ts'

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

t.test(
  'leaving hundreds of sessions at once is said little by little, and coming back is said at once',
  async (t) => {
    const { watch, greet, last, said, socket, time } = setUp(t)
    for (let n = 0; n < 100; n++) watch(n)
    greet()
    for (let n = 0; n < 100; n++) last().say(missing(idOf(n)))
    const before = said().length
    for (let n = 0; n < 99; n++) socket.unwatch(idOf(n))
    t.equal(said().length, before + 1)
    watch(98)
    t.same(said().at(-1), { type: 'SUBSCRIBE', sessionId: idOf(98) })
    for (let i = 0; i < 30; i++) {
      time.advance(100)
      last().say(PONG)
    }
    const left = said().filter(({ type }) => type === 'UNSUBSCRIBE')
    t.ok(left.length >= 30 && left.length <= 31, `${left.length} in 3 s`)
    for (let i = 0; i < 100; i++) {
      time.advance(100)
      last().say(PONG)
    }
    t.same(
      said()
        .filter(({ type }) => type === 'UNSUBSCRIBE')
        .map(({ sessionId }) => sessionId),
      Array.from({ length: 98 }, (_, n) => idOf(n)),
    )
  },
)

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

import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Connection } from '../../sdk/client-types.ts'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { watchRuns } from '../../sdk/run-watch.ts'
import { createFakeFetch, failure } from './fake-fetch.ts'
import { createFakeSockets, type FakeSocket } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'

/** A watch whose token the test changes. */
function setUp(t: Test, { sockets = true } = {}) {
  const time = createFakeTime()
  const fake = createFakeSockets()
  const { fetch, sent } = createFakeFetch(failure(401, 'UNAUTHORIZED'))
  const state = { token: 'old' }
  const connections: Connection[] = []
  const stop = watchRuns(
    {
      ...{ endpoint: createEndpoint('http://server.test', () => state.token), fetch },
      ...{ WebSocket: sockets ? fake.WebSocket : undefined, time, random: () => 1, timeout_ms: 10_000 },
    },
    { event() {}, reset() {}, connection: (connection) => void connections.push(connection) },
  )
  t.teardown(stop)
  const last = () => connections.at(-1)
  const calm = async () => {
    for (let i = 0; i < 10; i++) await turn()
  }
  return { time, state, sent, last, calm, stop, sockets: fake.sockets as FakeSocket[] }
}

t.test('a feed that refuses a token tells so, and is tried again with another one', async (t) => {
  const { time, state, last, sockets, stop } = setUp(t)
  sockets[0]?.open()
  t.equal(last()?.denied, false)
  sockets[0]?.drop(4001)
  const denied = { status: 'offline', denied: true, code: 'UNAUTHORIZED' }
  t.match(last(), denied)
  for (let attempt = 2; attempt <= 8; attempt++) {
    time.advance((last()?.retry_at ?? 0) - time.now())
    t.match([sockets.length, last()], [attempt, { status: 'connecting', denied: true }], 'it is tried on')
    sockets.at(-1)?.open()
    sockets.at(-1)?.drop(4001)
  }
  t.match(last(), { ...denied, retry_at: time.now() + 60_000 })
  state.token = 'new'
  time.advance(5000)
  t.match([sockets.length, last()], [9, { status: 'connecting', denied: false }])
  sockets.at(-1)?.open()
  state.token = 'newer'
  sockets.at(-1)?.drop(4001)
  t.match(last(), { denied: false }, 'it had been good, and there is another one')
  time.advance((last()?.retry_at ?? 0) - time.now())
  sockets.at(-1)?.drop(4003)
  t.match(last(), { ...denied, code: 'FORBIDDEN' })
  stop()
  t.equal(time.waiting, 0)
})

t.test('the same where the feed comes as a stream', async (t) => {
  const { time, state, last, calm, sent } = setUp(t, { sockets: false })
  await calm()
  t.match(last(), { status: 'offline', denied: true, code: 'UNAUTHORIZED' })
  time.advance(1000)
  await calm()
  t.equal(sent.length, 2)
  state.token = 'new'
  time.advance(5000)
  t.equal(sent.at(-1)?.headers.get('authorization'), 'Bearer new')
})

import t from 'tap'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { watchRuns } from '../../sdk/run-watch.ts'
import { onPage } from './fake-page.ts'
import { createFakeSockets, type FakeSocket } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'
import { calm, createFakeStreams } from './live-fakes.ts'
import { PONG, setUp } from './live-socket-set-up.ts'

t.test('a socket has two seconds to prove that it outlives the network', async (t) => {
  const page = onPage(t)
  const { watch, greet, last, said, time, socket, woken } = setUp(t)
  watch(1)
  page.offline()
  greet()
  page.offline()
  t.same(said().at(-1), { type: 'PING' })
  time.advance(1999)
  last().say(PONG)
  time.advance(2900)
  t.equal(socket.connection.status, 'live', 'a server on this machine needs no network')
  page.offline()
  time.advance(2000)
  t.match(socket.connection, { status: 'offline', code: 'SILENT' })
  t.equal(woken.times, 0, 'which is no reason to ask for the time')
  const before = last().sent.length
  page.offline()
  t.equal(last().sent.length, before, 'who is offline has nobody to ask')
})

t.test('a stream has, too: the server is asked for something else', async (t) => {
  const page = onPage(t)
  let answer = () => Promise.resolve(Response.json({}))
  const { watch, events, time, socket } = setUp(t, { sockets: false, other: () => answer() })
  watch(1)
  await calm()
  t.equal(socket.connection.status, 'live')
  page.offline()
  await calm()
  time.advance(2000)
  t.equal(socket.connection.status, 'live')
  answer = () => new Promise(() => {})
  page.offline()
  page.offline()
  time.advance(1999)
  await calm()
  t.equal(socket.connection.status, 'live')
  time.advance(1)
  t.match(socket.connection, { status: 'offline', code: 'SILENT' })
  time.advance(1000)
  await calm()
  t.equal(socket.connection.status, 'live')
  answer = () => Promise.reject(new TypeError('fetch failed'))
  page.offline()
  await calm()
  t.equal(socket.connection.status, 'offline', 'at once where the browser knows it')
  t.same(
    events.state.requests.filter((path) => !path.endsWith('/events')),
    Array(4).fill('/base/v1/time'),
  )
})

t.test('the feed of runs is no different', async (t) => {
  const page = onPage(t)
  const time = createFakeTime()
  const fake = createFakeSockets()
  const streams = createFakeStreams(() => Promise.reject(new TypeError('fetch failed')))
  const statuses: string[] = []
  const watch = (WebSocket: typeof globalThis.WebSocket | undefined) =>
    watchRuns(
      {
        ...{ endpoint: createEndpoint('http://server.test', undefined), fetch: streams.fetch, WebSocket },
        ...{ time, random: () => 1, timeout_ms: 10_000 },
      },
      {
        event() {},
        reset() {},
        connection: ({ status, code }) => void statuses.push(`${status} ${code ?? ''}`),
      },
    )
  const stop = watch(fake.WebSocket)
  const socket = fake.sockets[0] as FakeSocket
  socket.open()
  socket.say({ type: 'PONG', timestamp: 1 })
  page.offline()
  time.advance(1999)
  socket.say({ type: 'PONG', timestamp: 2 })
  time.advance(3000)
  t.equal(statuses.at(-1), 'live ')
  page.offline()
  time.advance(2000)
  t.equal(statuses.at(-1), 'offline SILENT')
  stop()

  const stopStream = watch(undefined)
  await calm()
  t.equal(statuses.at(-1), 'live ')
  page.offline()
  await calm()
  t.equal(statuses.at(-1), 'offline SILENT')
  stopStream()
  t.equal(time.waiting, 0)
  page.offline()
  t.equal(streams.streams.length, 1)
})

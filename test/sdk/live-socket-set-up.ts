import type { Test } from 'tap'
import type { Connection } from '../../sdk/client-types.ts'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { createSocket } from '../../sdk/socket.ts'
import { createFakeSockets, type FakeSocket } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'
import { createFakeStreams, idOf } from './live-fakes.ts'

const TIMESTAMP = Date.UTC(2026, 0, 1)
export const CONNECTED = { type: 'CONNECTED', sessionId: null, timestamp: TIMESTAMP }
export const PONG = { type: 'PONG', timestamp: TIMESTAMP }
export const missing = (sessionId: string) => ({
  type: 'ERROR',
  code: 'SESSION_NOT_FOUND',
  message: '',
  error: '',
  timestamp: TIMESTAMP,
  sessionId,
})

/** The one connection of a client, to a server that the test plays. */
export function setUp(
  t: Test,
  {
    token,
    sockets = true,
    other,
  }: { token?: () => string | undefined; sockets?: boolean; other?: () => Promise<Response> } = {},
) {
  const time = createFakeTime()
  const fake = createFakeSockets()
  const events = createFakeStreams(other)
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

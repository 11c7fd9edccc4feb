/**
 * One session, 1,000 sockets, each change to all of them: beside a bare loop over `ws` that sends one Buffer of the same
 * size, and beside a room of Socket.IO.
 *
 *   npm run bench -- fanout [--rounds 15] [--seconds 1] [--sockets 1000] [--bytes 1000]
 */
import { parseArgs } from 'node:util'
import {
  type Broadcaster,
  compareFanout,
  reportFanout,
  startBare,
  startKairos,
  startSocketio,
} from './lib/realtime-contenders.ts'
import { openReaders } from './lib/realtime-readers.ts'
import { poke, startSessionOf } from './lib/realtime-sessions.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
    sockets: { type: 'string', default: '1000' },
    bytes: { type: 'string', default: '1000' },
  },
})
const audience = Number(values.sockets)

const server = await startKairos()
const { id, bytes } = await startSessionOf(server.base, Number(values.bytes))
const readers = await openReaders({ base: server.base, count: audience, path: () => `/ws?sessionId=${id}` })
await readers.until(2 * audience)
const broadcasters: Broadcaster[] = [
  {
    name: 'SyncKairos',
    server,
    readers,
    audience,
    broadcast: () => poke(server.base, `/v1/sessions/${id}/switch`),
  },
]

const bare = await startBare(bytes)
broadcasters.push({
  name: 'bare ws',
  server: bare,
  readers: await openReaders({ base: bare.base, count: audience, path: () => '/' }),
  audience,
  broadcast: () => poke(bare.base, '/'),
})

const socketio = await startSocketio(bytes)
const path = () => '/socket.io/?EIO=4&transport=websocket&room=a'
broadcasters.push({
  name: 'Socket.IO',
  server: socketio,
  readers: await openReaders({ base: socketio.base, count: audience, path, kind: 'socket.io' }),
  audience,
  broadcast: () => poke(socketio.base, '/a'),
})

const standings = await compareFanout(broadcasters, Number(values.rounds), Number(values.seconds) * 1000)
reportFanout(`fanout of ${bytes} bytes`, standings, { 'bare ws': 0.95, 'Socket.IO': 1.5 })
process.exit(0)

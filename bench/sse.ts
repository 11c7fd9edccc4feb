/**
 * One session, 1,000 event streams, each change to all of them: beside bare writes of one Buffer to as many responses.
 *
 *   npm run bench -- sse [--rounds 15] [--seconds 1] [--streams 1000] [--bytes 1000]
 */
import { parseArgs } from 'node:util'
import {
  type Broadcaster,
  compareFanout,
  reportFanout,
  startBare,
  startKairos,
} from './lib/realtime-contenders.ts'
import { openReaders } from './lib/realtime-readers.ts'
import { poke, startSessionOf } from './lib/realtime-sessions.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
    streams: { type: 'string', default: '1000' },
    bytes: { type: 'string', default: '1000' },
  },
})
const audience = Number(values.streams)
const open = (base: string, path: string) =>
  openReaders({ base, count: audience, path: () => path, kind: 'events' })

const server = await startKairos()
const { id, bytes } = await startSessionOf(server.base, Number(values.bytes))
const readers = await open(server.base, `/v1/sessions/${id}/events`)
await readers.until(audience)
const bare = await startBare(bytes)
const broadcasters: Broadcaster[] = [
  {
    name: 'SyncKairos',
    server,
    readers,
    audience,
    broadcast: () => poke(server.base, `/v1/sessions/${id}/switch`),
  },
  {
    name: 'bare writes',
    server: bare,
    readers: await open(bare.base, '/events'),
    audience,
    broadcast: () => poke(bare.base, '/'),
  },
]

const standings = await compareFanout(broadcasters, Number(values.rounds), Number(values.seconds) * 1000)
reportFanout(`sse, events of ${bytes} bytes`, standings, { 'bare writes': 0.9 })
process.exit(0)

/**
 * 1,000 sessions of 5 sockets each, spread over two instances on one Redis, at 1,000 changes per second: how long from
 * the call to a socket of the instance that was called, and to one of the other. Beside rooms of Socket.IO with its
 * Redis adapter, at the same rate and size.
 *
 * Socket.IO keeps nothing, whereas each change here is checked, stored and published by one script in Redis before it is
 * told. Aim: p99 at most 25 ms on both ways where the machine has cores to spare; the ratio says what storing costs.
 *
 *   npm run bench -- rooms [--rounds 5] [--seconds 4] [--sessions 1000] [--sockets 5] [--rate 1000]
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startKairos, startSocketio } from './lib/realtime-contenders.ts'
import { type Delays, type House, openRooms } from './lib/realtime-rooms.ts'
import { startSessionOf } from './lib/realtime-sessions.ts'
import { median, percentile, report } from './lib/report.ts'
import type { ServerProcess } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    sessions: { type: 'string', default: '1000' },
    sockets: { type: 'string', default: '5' },
    rate: { type: 'string', default: '1000' },
  },
})
const rooms = Number(values.sessions)
const readersPerRoom = Number(values.sockets)
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const PREFIX = `bench${randomUUID().slice(0, 8)}`
const BYTES = 1000

const both = ([a, b]: ServerProcess[]) => [a?.base, b?.base] as [string, string]
const houses = new Map<string, House>()
const env = { REDIS_URL, REDIS_PREFIX: PREFIX }
const servers = await Promise.all([startKairos(env), startKairos(env)])
const ids: string[] = []
for (let i = 0; i < rooms; i++) ids.push((await startSessionOf(servers[i % 2]?.base as string, BYTES)).id)
houses.set('SyncKairos', {
  bases: both(servers),
  rooms,
  readersPerRoom,
  kind: 'websocket',
  readPath: (room) => `/ws?sessionId=${ids[room]}`,
  pokePath: (room) => `/v1/sessions/${ids[room]}/switch`,
  greetings: 2,
})
const adapter = { BARE_REDIS_URL: REDIS_URL, BARE_PREFIX: PREFIX }
const first = await startSocketio(BYTES, adapter)
const second = first && (await startSocketio(BYTES, adapter))
if (first && second) {
  houses.set('Socket.IO', {
    bases: both([first, second]),
    rooms,
    readersPerRoom,
    kind: 'socket.io',
    readPath: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
    pokePath: (room) => `/${room}`,
    greetings: 0,
  })
}

const opened: [name: string, open: Awaited<ReturnType<typeof openRooms>>, rounds: Delays[]][] = []
for (const [name, house] of houses) opened.push([name, await openRooms(house), []])
for (let i = 0; i <= Number(values.rounds); i++) {
  for (const [, { round }, rounds] of i % 2 === 0 ? opened : opened.toReversed()) {
    const delays = await round(Number(values.rate), Number(values.seconds) * 1000)
    // The first round warms up and does not count.
    if (i > 0) rounds.push(delays)
  }
}

const tenth = (n: number) => Math.round(n * 10) / 10
const of = (rounds: Delays[], way: 'same' | 'cross', share: number) =>
  median(rounds.map((delays) => percentile(delays[way], share)))
const sum = (rounds: Delays[], count: (delays: Delays) => number) =>
  rounds.reduce((total, delays) => total + count(delays), 0)
const [, , reference] = opened[1] ?? []
report(
  `rooms, ${rooms} x ${readersPerRoom} sockets, ${values.rate} changes/s`,
  opened.flatMap(([name, , rounds]) =>
    (['same', 'cross'] as const).map((way) => ({
      what: `${name}, ${way === 'same' ? 'the same instance' : 'the other instance'}`,
      p50_ms: tenth(of(rounds, way, 0.5)),
      p99_ms: tenth(of(rounds, way, 0.99)),
      aim_ms: rounds === reference ? undefined : 25,
      delivered: sum(rounds, ({ [way]: took }) => took.length),
      changes: sum(rounds, ({ sent }) => sent),
      failed: sum(rounds, ({ failed }) => failed.length),
      ...(reference &&
        rounds !== reference && {
          p99_ratio: Math.round((of(rounds, way, 0.99) / of(reference, way, 0.99)) * 100) / 100,
        }),
    })),
  ),
)

const wanted = Number(values.rounds) * Number(values.seconds) * Number(values.rate)
for (const [name, { close }, rounds] of opened) {
  close()
  const sent = sum(rounds, (delays) => delays.sent)
  if (sent < 0.95 * wanted)
    console.error(`*** ${name}: ${sent} of ${wanted} changes were sent: this is how an overload feels ***`)
  const failures = new Set(
    rounds.flatMap(({ failed }) => failed.map((why) => why.replace(/[0-9a-f-]{36}/, ':id'))),
  )
  for (const failure of failures) console.error(`${name}: ${failure}`)
}
await Promise.all([...servers, first, second].map((server) => server?.kill('SIGTERM')))
const redis = new Redis(REDIS_URL)
for await (const keys of redis.scanStream({ match: `*${PREFIX}*`, count: 1000 })) {
  if (keys.length > 0) await redis.unlink(...keys)
}
redis.disconnect()
process.exit(0)

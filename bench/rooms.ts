/**
 * 1,000 sessions of 5 sockets each, spread over two instances on one Redis, at 1,000 changes per second: how long from
 * the call to a socket of the instance that was called, and to one of the other. Beside rooms of Socket.IO with its
 * Redis adapter, at the same rate and size; it keeps nothing, whereas each change here is checked, stored and published
 * by one script in Redis before it is told. Then the same at a rate that leaves everybody idle.
 *
 *   npm run bench -- rooms [--rounds 5] [--seconds 4] [--sessions 1000] [--sockets 5] [--rate 1000]
 */
import { parseArgs } from 'node:util'
import { startKairos, startSocketio } from './lib/realtime-contenders.ts'
import { type Delays, type House, openRooms } from './lib/realtime-rooms.ts'
import { startSessionOf } from './lib/realtime-sessions.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { atMost, median, percentile, report, round } from './lib/report.ts'
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
const PREFIX = unique()
const BYTES = 1000
/** Changes per second at which nobody has to wait for anybody else. */
const IDLE_RATE = 50

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
const others = await Promise.all([startSocketio(BYTES, adapter), startSocketio(BYTES, adapter)])
houses.set('Socket.IO', {
  bases: both(others),
  rooms,
  readersPerRoom,
  kind: 'socket.io',
  readPath: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
  pokePath: (room) => `/${room}`,
  greetings: 0,
})

type Opened = { name: string; house: Awaited<ReturnType<typeof openRooms>>; rounds: Delays[]; idle: Delays[] }
const opened: Opened[] = []
for (const [name, house] of houses) opened.push({ name, house: await openRooms(house), rounds: [], idle: [] })

async function compete(rate: number, into: 'rounds' | 'idle'): Promise<void> {
  for (let i = 0; i <= Number(values.rounds); i++) {
    for (const each of i % 2 === 0 ? opened : opened.toReversed()) {
      const delays = await each.house.round(rate, Number(values.seconds) * 1000)
      // The first round warms up and does not count.
      if (i > 0) each[into].push(delays)
    }
  }
}
await compete(Number(values.rate), 'rounds')
await compete(IDLE_RATE, 'idle')

type Way = 'same' | 'cross'
const of = (rounds: Delays[], way: Way, share: number) =>
  median(rounds.map((delays) => percentile(delays[way], share)))
const sum = (rounds: Delays[], count: (delays: Delays) => number) =>
  rounds.reduce((total, delays) => total + count(delays), 0)
const WAYS: [way: Way, text: string][] = [
  ['same', 'the same instance'],
  ['cross', 'the other instance'],
]
const [ours, theirs] = opened as [Opened, Opened]
report(
  `rooms, ${rooms} x ${readersPerRoom} sockets`,
  opened.flatMap(({ name, rounds, idle }) =>
    [rounds, idle].flatMap((rounds, i) =>
      WAYS.map(([way, text]) => ({
        what: `${name}, ${text}`,
        changes_per_second: i === 0 ? values.rate : IDLE_RATE,
        p50_ms: round(of(rounds, way, 0.5), 1),
        p99_ms: round(of(rounds, way, 0.99), 1),
        delivered: sum(rounds, ({ [way]: took }) => took.length),
        changes: sum(rounds, ({ sent }) => sent),
        failed: sum(rounds, ({ failed }) => failed.length),
      })),
    ),
  ),
  [
    ...WAYS.flatMap(([way, text]) => [
      atMost(`p99 to ${text}`, of(ours.rounds, way, 0.99), 20, ' ms'),
      atMost(
        `p99 to ${text}, of Socket.IO's`,
        of(ours.rounds, way, 0.99) / of(theirs.rounds, way, 0.99),
        0.5,
      ),
    ]),
    atMost('p99 to the other instance, idle', of(ours.idle, 'cross', 0.99), 10, ' ms'),
  ],
)

const wanted = Number(values.rounds) * Number(values.seconds) * Number(values.rate)
for (const { name, house, rounds } of opened) {
  house.close()
  const sent = sum(rounds, (delays) => delays.sent)
  if (sent < 0.95 * wanted)
    console.error(`*** ${name}: ${sent} of ${wanted} changes were sent: this is how an overload feels ***`)
  const failures = new Set(
    rounds.flatMap(({ failed }) => failed.map((why) => why.replace(/[0-9a-f-]{36}/, ':id'))),
  )
  for (const failure of failures) console.error(`${name}: ${failure}`)
}
await Promise.all([...servers, ...others].map((server) => server.kill('SIGTERM')))
await removeKeys(PREFIX)
process.exit(0)

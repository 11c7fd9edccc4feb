/**
 * Live runs: 150 reporters at a report per second, 50 watchers over SSE and 50 over WebSocket, two instances on one
 * Redis. Every watcher must end up with every run's newest state. From half time on one watcher of each kind stalls.
 *
 *   npm run bench -- runs [--seconds 60] [--reporters 150] [--watchers 50]
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { WebSocket } from 'ws'
import { report, spread } from './lib/report.ts'
import { type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    reporters: { type: 'string', default: '150' },
    watchers: { type: 'string', default: '50' },
  },
})
const SECONDS = Number(values.seconds)
const REPORTERS = Number(values.reporters)
const WATCHERS = Number(values.watchers)
/** Seldom: a scrape of the metrics of 150 runs is work of its own. */
const SAMPLE_MS = 4000
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const PREFIX = `bench${randomUUID().slice(0, 8)}`

type Message = { type: string; run_id: string; version: number; data: { sent_at?: number } }
type Delivery = { at: number; took_ms: number }

/** What one watcher has seen: the newest version of each run, and how late each message was. */
function createWatcher(deliveries: Delivery[]) {
  const versions = new Map<string, number>()
  return {
    versions,
    disorder: 0,
    take(text: string) {
      const at = Date.now()
      const { run_id, version, data }: Message = JSON.parse(text)
      if (version <= (versions.get(run_id) ?? 0)) this.disorder++
      versions.set(run_id, version)
      if (data.sent_at !== undefined) deliveries.push({ at, took_ms: at - data.sent_at })
    },
  }
}

type Watcher = ReturnType<typeof createWatcher>

async function watchStream({ base }: ServerProcess, watcher: Watcher): Promise<void> {
  const [response] = (await once(get(`${base}/api/v1/events?stream=tests`), 'response')) as [IncomingMessage]
  let rest = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data) watcher.take(data)
    }
  })
}

async function watchSocket({ base }: ServerProcess, watcher: Watcher): Promise<void> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/runs/ws`, { perMessageDeflate: false })
  socket.on('message', (data) => watcher.take(String(data)))
  await once(socket, 'open')
}

/** Asks for everything and reads nothing. */
function stall({ base }: ServerProcess, upgrade: boolean): void {
  const { port, host } = new URL(base)
  const socket = connect(Number(port), '127.0.0.1').pause()
  socket.on('error', () => {})
  const head =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RhbGxlZCByZWFkZXIhIQ=='
  socket.write(
    `GET /v1/runs/${upgrade ? 'ws' : 'events'} HTTP/1.1\r\nHost: ${host}\r\n${upgrade ? `${head}\r\n` : ''}\r\n`,
  )
}

const agent = new Agent({ keepAlive: true })

function post(base: string, path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${base}${path}`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    )
    call.once('error', reject).end(JSON.stringify(body))
  })
}

const metricsOf = (second: number) => ({
  block: 1000 * second,
  slot: 1100 * second,
  exec_peers: 50,
  cons_peers: 60,
  exec_sync_percent: second,
  cons_sync_percent: second,
  exec_version: 'Geth/v1.16.2-stable/linux-amd64/go1.24',
  cons_version: 'Lighthouse/v7.1.0/x86_64-linux',
  exec_disk_usage: 1e9 * second,
  cons_disk_usage: 1e8 * second,
  exec_memory_usage: 4e9,
  cons_memory_usage: 3e9,
  sent_at: Date.now(),
})

/** One reporter: a report each second, to one instance and then the other. */
async function reportProgress(servers: ServerProcess[], run_id: string, began: number, took: number[]) {
  const client = { type: 'geth', image: 'geth:1' }
  const start = { run_id, timestamp: Math.floor(began / 1000), network: 'hoodi', enclave_name: 'bench' }
  await post(servers[0]?.base ?? '', '/v1/runs/start', { ...start, el_client: client, cl_client: client })
  const phase = Math.random() * 1000
  let failed = 0
  for (let second = 0; second < SECONDS; second++) {
    await delay(Math.max(0, began + phase + second * 1000 - Date.now()))
    const { base } = servers[second % servers.length] as ServerProcess
    const body = { timestamp: Date.now() / 1000, metrics: metricsOf(second), is_complete: false }
    const sent = performance.now()
    if ((await post(base, `/v1/runs/${run_id}/progress`, body)) !== 200) failed++
    took.push(performance.now() - sent)
  }
  return failed
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)

/** The heap in use, garbage and all, in MB. */
async function heapOf({ base }: ServerProcess): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text()
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20
}

const servers = await Promise.all(
  [0, 1].map(() =>
    startServer({
      REDIS_URL,
      REDIS_PREFIX: PREFIX,
      DATA_DIR: temporaryFolder(),
      SSE_MAX_STREAMS_PER_IP: '0',
    }),
  ),
)
const deliveries: Delivery[] = []
const watchers: Watcher[] = []
for (let i = 0; i < WATCHERS; i++) {
  for (const open of [watchStream, watchSocket]) {
    const watcher = createWatcher(deliveries)
    watchers.push(watcher)
    await open(servers[i % 2] as ServerProcess, watcher)
  }
}

const began = Date.now() + 1000
const halfTime = began + SECONDS * 500
const took: number[] = []
const memory: { at: number; rss: number; heap: number }[] = []
const sampling = setInterval(async () => {
  const heaps = await Promise.all(servers.map(heapOf))
  memory.push({ at: Date.now(), rss: sum(servers.map((server) => server.memory())), heap: sum(heaps) })
}, SAMPLE_MS)
const stalling = setTimeout(() => {
  for (const server of servers) for (const upgrade of [true, false]) stall(server, upgrade)
}, halfTime - Date.now())
const failures = await Promise.all(
  Array.from({ length: REPORTERS }, (_, i) => reportProgress(servers, `${PREFIX}-${i}`, began, took)),
)
await delay(2000)
clearInterval(sampling)
clearTimeout(stalling)

type Listed = { data: { tests: { run_id: string; version: number }[] } }
const { data } = (await (await fetch(`${servers[0]?.base}/v1/runs?limit=1000`)).json()) as Listed
const behind = watchers.map(
  ({ versions }) => data.tests.filter(({ run_id, version }) => versions.get(run_id) !== version).length,
)
const delivered = (from: number, to: number) =>
  spread(deliveries.filter(({ at }) => at >= from && at < to).map(({ took_ms }) => took_ms))
/** The least of a quarter (1..4): what is left when the garbage has been collected. */
const least = (quarter: number, what: 'rss' | 'heap') => {
  const from = began + (quarter - 1) * SECONDS * 250
  const some = memory.filter(({ at }) => at >= from && at < from + SECONDS * 250)
  return Math.round(Math.min(...some.map((sample) => sample[what])))
}
report('runs', [
  { what: 'report to answer, ms', ...spread(took) },
  { what: 'report to watcher, ms', ...delivered(began, halfTime) },
  { what: 'the same beside stalled watchers, ms', ...delivered(halfTime, Number.POSITIVE_INFINITY) },
  {
    what: 'live heap of both instances, MB',
    second_quarter: least(2, 'heap'),
    last_quarter: least(4, 'heap'),
  },
  { what: 'resident memory, MB', second_quarter: least(2, 'rss'), last_quarter: least(4, 'rss') },
  { what: 'reports', count: REPORTERS * SECONDS, failed: sum(failures) },
  {
    what: 'messages seen',
    count: deliveries.length,
    out_of_order: sum(watchers.map(({ disorder }) => disorder)),
    newest_state_missing: sum(behind),
  },
])

await Promise.all(servers.map((server) => server.kill('SIGTERM')))
const redis = new Redis(REDIS_URL)
for await (const keys of redis.scanStream({ match: `*${PREFIX}*`, count: 1000 })) {
  if (keys.length > 0) await redis.unlink(...keys)
}
redis.disconnect()
process.exit(sum(failures) + sum(behind) > 0 ? 1 : 0)

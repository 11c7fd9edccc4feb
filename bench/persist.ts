/**
 * The way of the events from their commit to their row in PostgreSQL.
 *
 *   npm run bench -- persist [--only backlog,chain,latency,start] [--seconds 10] [--rounds 5]
 *
 * backlog: events/s that are written when many are waiting, as after an outage, in turns with pg-boss alone. chain:
 * events/s that are written while as many as possible are committed, and how long it takes an event to its row at fixed
 * rates. latency: switches over HTTP with the chain on and off, in turns. start: time to the first answer and memory with
 * the embedded PostgreSQL. DATABASE_URL and REDIS_URL name the servers to use (local ones by default).
 */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../app.ts'
import { createPostgres } from '../plugins/jobs/postgres.ts'
import { bareBoss } from './lib/bare-boss.ts'
import { cpuOf } from './lib/realtime-cpu.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { atLeast, atMost, median, percentile, report, round } from './lib/report.ts'
import { post, type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'
import { DAY_MS, newSession, runningSessions } from './lib/sessions.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'backlog,chain,latency,start' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
  },
})
const SECONDS = Number(values.seconds)
const ROUNDS = Number(values.rounds)
const SESSIONS = 200
const BACKLOG = 10_000
const RATES = [500, 2000]
/** Short, so that what else the machine does hits both sides alike; so there are more of them. */
const ROUND_MS = 1000
const SHORT_ROUNDS = 2 * ROUNDS
const DATABASE_URL = process.env.DATABASE_URL ?? `postgres://${userInfo().username}@127.0.0.1:5432/postgres`
const NO_DATABASE = 'postgres://127.0.0.1:9/none'

/** Everything that a server needs for a run of its own on the shared Redis and PostgreSQL. */
const shared = () => ({
  REDIS_URL,
  REDIS_PREFIX: unique(),
  DATABASE_URL,
  DATABASE_SCHEMA: unique(),
  DATA_DIR: temporaryFolder(),
})

async function cleanUp({ REDIS_PREFIX, DATABASE_SCHEMA }: ReturnType<typeof shared>): Promise<void> {
  const database = createPostgres({ url: DATABASE_URL, pool_size: 3 })
  await database.query(`DROP SCHEMA IF EXISTS ${DATABASE_SCHEMA} CASCADE`)
  await database.close()
  await removeKeys(REDIS_PREFIX)
}

/** A server in this process; its sockets are not needed. */
async function open(settings: Partial<Parameters<typeof buildApp>[0]>): Promise<FastifyInstance> {
  const app = await buildApp({ PERSISTENCE: 'on', LOG_LEVEL: 'error', ...settings })
  await app.ready()
  return app
}

const newBody = () => ({
  ...newSession(randomUUID(), [DAY_MS, DAY_MS]),
  sync_mode: 'per_participant' as const,
})

/** Creates and starts sessions; two events each. */
async function begin(app: FastifyInstance): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < SESSIONS; i++) {
    const body = newBody()
    ids.push(body.session_id)
    await app.sessions.create(body)
    await app.sessions.command(body.session_id, { type: 'start' })
  }
  return ids
}

/** Switches the sessions in turn, as fast as it goes, while `goOn` says so; answers how often. */
async function switchAll(app: FastifyInstance, ids: string[], goOn: (sent: number) => boolean) {
  let sent = 0
  const loop = async () => {
    while (goOn(sent)) await app.sessions.command(ids[sent++ % ids.length] as string, { type: 'switch' })
  }
  await Promise.all(Array.from({ length: 64 }, loop))
  return sent
}

/** Events/s that are written out of a backlog of that many. */
async function drain(events: number): Promise<number> {
  const settings = shared()
  const away = await open({ ...settings, DATABASE_URL: NO_DATABASE, LOG_LEVEL: 'silent' })
  await away.outbox.stop()
  const ids = await begin(away)
  await switchAll(away, ids, (sent) => sent < events - 2 * SESSIONS)
  await away.close()
  const app = await open(settings)
  await app.jobs.ready()
  const began = performance.now()
  await written(app, settings.DATABASE_SCHEMA, events)
  const seconds = (performance.now() - began) / 1000
  await app.close()
  await cleanUp(settings)
  return events / seconds
}

/** Resolves when so many events are in the table. */
async function written(app: FastifyInstance, schema: string, count: number): Promise<void> {
  const { query } = app.jobs.database()
  const there = async () => Number((await query(`SELECT count(*)::integer AS n FROM ${schema}.events`))[0]?.n)
  while ((await there()) < count) await delay(20)
}

async function backlog(): Promise<void> {
  const chain: number[] = []
  const boss: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const turns = [
      async () => chain.push(await drain(BACKLOG)),
      async () => boss.push(await bareBoss(DATABASE_URL, BACKLOG)),
    ]
    for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn()
  }
  const [ours, theirs] = [median(chain), median(boss)]
  report(
    `persist: a backlog of ${BACKLOG} events is written`,
    [
      { what: 'SyncKairos', events_per_second: Math.round(ours) },
      { what: 'pg-boss alone', events_per_second: Math.round(theirs) },
    ],
    [atLeast("events/s of pg-boss' alone", ours / theirs, 0.5)],
  )
}

/** Switches the sessions in turn, `rate` per second or as fast as it goes; how many there were. */
async function play(app: FastifyInstance, ids: string[], rate: number, ms: number): Promise<number> {
  const began = performance.now()
  if (rate === Number.POSITIVE_INFINITY) return switchAll(app, ids, () => performance.now() - began < ms)
  let sent = 0
  const pending: Promise<unknown>[] = []
  while (performance.now() - began < ms) {
    const due = Math.floor(((performance.now() - began) * rate) / 1000)
    while (sent < due)
      pending.push(app.sessions.command(ids[sent++ % ids.length] as string, { type: 'switch' }))
    await delay(2)
  }
  await Promise.all(pending)
  return sent
}

async function chain(): Promise<void> {
  const settings = shared()
  const app = await open(settings)
  await app.jobs.ready()
  const ids = await begin(app)
  let total = SESSIONS * 2
  await written(app, settings.DATABASE_SCHEMA, total)
  const rows = []
  for (const rate of [...RATES, Number.POSITIVE_INFINITY]) {
    const began = performance.now()
    const since = app.clock.now()
    const committed = await play(app, ids, rate, SECONDS * 1000)
    const committing_ms = performance.now() - began
    total += committed
    await written(app, settings.DATABASE_SCHEMA, total)
    const [lag] = await app.jobs.database().query(
      `SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM written_at - at) * 1000) AS ms
         FROM ${settings.DATABASE_SCHEMA}.events WHERE at >= to_timestamp($1::double precision / 1000)`,
      [since],
    )
    const [p50, p99, max] = (lag?.ms ?? []).map(Math.round)
    rows.push({
      rate: rate === Number.POSITIVE_INFINITY ? 'all that goes' : `${rate}/s`,
      'committed/s': Math.round((committed * 1000) / committing_ms),
      'written/s': Math.round((committed * 1000) / (performance.now() - began)),
      'lag p50, ms': p50,
      'lag p99, ms': p99,
      'lag max, ms': max,
    })
  }
  report('persist: from commit to row', rows)

  await app.close()
  await cleanUp(settings)
}

/** One round of switches at a fixed number of connections; their latencies in ms. */
async function switches(server: ServerProcess, ids: string[]): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + ROUND_MS
  const loop = async (own: string[]) => {
    for (let i = 0; performance.now() < until; i++) {
      const began = performance.now()
      await post(server.base, `/v1/sessions/${own[i % own.length]}/switch`)
      latencies.push(performance.now() - began)
      await delay(20)
    }
  }
  const workers = 8
  const share = ids.length / workers
  await Promise.all(Array.from({ length: workers }, (_, i) => loop(ids.slice(i * share, (i + 1) * share))))
  return latencies
}

async function latency(): Promise<void> {
  const settings = [shared(), shared()] as const
  const on = await startServer({ ...settings[0], PERSISTENCE: 'on' })
  const off = await startServer({ ...settings[1], PERSISTENCE: 'off' })
  const sides = await Promise.all(
    [on, off].map(async (server) => {
      const ids = await runningSessions(server.base, 80)
      return { server, ids, latencies: [] as number[], cpu_ms: 0 }
    }),
  )
  for (const { server, ids } of sides) await switches(server, ids)
  for (let i = 0; i < SHORT_ROUNDS; i++) {
    for (const side of i % 2 ? sides : sides.toReversed()) {
      const before = cpuOf(side.server)
      side.latencies.push(...(await switches(side.server, side.ids)))
      side.cpu_ms += cpuOf(side.server) - before
    }
  }
  const figures = sides.map(({ latencies, cpu_ms }) => ({
    mean: latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpu: cpu_ms / latencies.length,
  }))
  const [withChain, without] = figures as [(typeof figures)[0], (typeof figures)[0]]
  const row = (chain: string, { mean, p50, p99, cpu }: typeof withChain) => ({
    chain,
    mean_ms: round(mean),
    p50_ms: round(p50),
    p99_ms: round(p99),
    server_cpu_ms_per_switch: round(cpu),
  })
  report(
    'persist: latency of a switch',
    [row('on', withChain), row('off', without)],
    [
      atMost('p50 with the audit log, of that without', withChain.p50 / without.p50, 1.1),
      atMost('p99 with the audit log, of that without', withChain.p99 / without.p99, 1.1),
    ],
  )
  await Promise.all([on.kill('SIGTERM'), off.kill('SIGTERM')])
  await Promise.all(settings.map(cleanUp))
}

async function start(): Promise<void> {
  const rows = []
  const DATA_DIR = temporaryFolder()
  for (const what of ['new folder', 'again']) {
    const server = await startServer({ DATA_DIR, PERSISTENCE: 'on' })
    const atFirst = server.memory()
    const began = performance.now()
    const body = newBody()
    await post(server.base, '/v1/sessions', body)
    let peak = atFirst
    for (;;) {
      peak = Math.max(peak, server.memory())
      const response = await fetch(`${server.base}/v1/sessions/${body.session_id}/history?min_version=1`)
      if (response.ok && (await response.text()).includes('session.created')) break
      await delay(20)
    }
    rows.push({
      what,
      'first answer, ms': Math.round(server.ready_ms),
      'first history, ms': Math.round(server.ready_ms + performance.now() - began),
      'memory at first, MB': Math.round(atFirst),
      'peak, MB': Math.round(peak),
      'then, MB': Math.round(server.memory()),
    })
    await server.kill('SIGTERM')
  }
  report('persist: start with the embedded PostgreSQL', rows)
}

const parts: Record<string, () => Promise<void>> = { backlog, chain, latency, start }
for (const name of values.only.split(',')) await parts[name]?.()
process.exit(0)

/**
 * The way of the events from their commit to their row in PostgreSQL.
 *
 *   npm run bench -- persist [--only chain,latency,start] [--seconds N]
 *
 * chain: events/s that are written while as many as possible are committed, and how long it takes an event to its row at
 * fixed rates. latency: switches over HTTP with the chain on and off, in turns. start: time to the first answer and
 * memory with the embedded PostgreSQL. DATABASE_URL and REDIS_URL name the servers to use (local ones by default).
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'
import { buildApp } from '../app.ts'
import { createPostgres } from '../plugins/jobs/postgres.ts'
import { percentile, report } from './lib/report.ts'
import { post, type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'chain,latency,start' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '20' },
  },
})
const SECONDS = Number(values.seconds)
const SESSIONS = 200
const RATES = [500, 2000]
/** Short, so that what else the machine does hits both sides alike. */
const ROUND_MS = 1500
/** A batch. */
const CLAIMED = 500
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const DATABASE_URL = process.env.DATABASE_URL ?? `postgres://${userInfo().username}@127.0.0.1:5432/postgres`

const newBody = () => ({
  session_id: randomUUID(),
  sync_mode: 'per_participant' as const,
  participants: [0, 1].map((participant_index) => ({
    participant_id: randomUUID(),
    participant_index,
    total_time_ms: 86_400_000,
  })),
})

const unique = () => `bench${randomUUID().replaceAll('-', '').slice(0, 12)}`

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
  const redis = new Redis(REDIS_URL)
  for await (const keys of redis.scanStream({ match: `*${REDIS_PREFIX}*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  redis.disconnect()
}

/** Switches the sessions in turn, `rate` per second or as fast as it goes; how many there were. */
async function play(app: FastifyInstance, ids: string[], rate: number, ms: number): Promise<number> {
  const began = performance.now()
  let sent = 0
  const one = () => app.sessions.command(ids[sent++ % ids.length] as string, { type: 'switch' })
  if (rate === Number.POSITIVE_INFINITY) {
    const loop = async () => {
      while (performance.now() - began < ms) await one()
    }
    await Promise.all(Array.from({ length: 64 }, loop))
    return sent
  }
  const pending: Promise<unknown>[] = []
  while (performance.now() - began < ms) {
    const due = Math.floor(((performance.now() - began) * rate) / 1000)
    while (sent < due) pending.push(one())
    await delay(2)
  }
  await Promise.all(pending)
  return sent
}

async function chain(): Promise<void> {
  const settings = { PERSISTENCE: 'on' as const, LOG_LEVEL: 'error' as const, ...shared() }
  const app = await buildApp(settings)
  await app.ready()
  await app.jobs.ready()
  const ids: string[] = []
  for (let i = 0; i < SESSIONS; i++) {
    const body = newBody()
    ids.push(body.session_id)
    await app.sessions.create(body)
    await app.sessions.command(body.session_id, { type: 'start' })
  }
  const events = `${settings.DATABASE_SCHEMA}.events`
  const { query } = app.jobs.database()
  const written = async () => Number((await query(`SELECT count(*)::integer AS n FROM ${events}`))[0]?.n)
  const drained = async (expected: number) => {
    while ((await written()) < expected) await delay(20)
  }
  let total = SESSIONS * 2
  await drained(total)
  const rows = []
  for (const rate of [...RATES, Number.POSITIVE_INFINITY]) {
    const began = performance.now()
    const since = app.clock.now()
    const committed = await play(app, ids, rate, SECONDS * 1000)
    const committing_ms = performance.now() - began
    total += committed
    await drained(total)
    const [lag] = await query(
      `SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM written_at - at) * 1000) AS ms
         FROM ${events} WHERE at >= to_timestamp($1::double precision / 1000)`,
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

  // The chain alone, as after an outage: a server that has no database lets the events pile up first.
  const away = await buildApp({
    ...settings,
    DATABASE_URL: 'postgres://127.0.0.1:9/none',
    LOG_LEVEL: 'silent',
  })
  await away.ready()
  await app.outbox.stop()
  const piled = await play(away, ids, Number.POSITIVE_INFINITY, SECONDS * 1000)
  await away.close()
  const second = await buildApp(settings)
  await second.ready()
  await second.jobs.ready()
  const began = performance.now()
  // What the first server had claimed when it ended is handed out again half a minute later.
  await drained(total + piled - CLAIMED)
  const ms = performance.now() - began
  report('persist: a backlog is written', [
    { events: piled, ms: Math.round(ms), 'written/s': Math.round((piled * 1000) / ms) },
  ])
  await second.close()
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

/** The time that a server has computed since its start, in ms. */
function cpuOf({ child }: ServerProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function latency(): Promise<void> {
  const settings = [shared(), shared()] as const
  const on = await startServer({ ...settings[0], PERSISTENCE: 'on' })
  const off = await startServer({ ...settings[1], PERSISTENCE: 'off' })
  const sides = await Promise.all(
    [on, off].map(async (server) => {
      const ids: string[] = []
      for (let i = 0; i < 80; i++) {
        const body = newBody()
        ids.push(body.session_id)
        await post(server.base, '/v1/sessions', body)
        await post(server.base, `/v1/sessions/${body.session_id}/start`)
      }
      return { server, ids, latencies: [] as number[], cpu_ms: 0 }
    }),
  )
  for (const { server, ids } of sides) await switches(server, ids)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of round % 2 ? sides : sides.toReversed()) {
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
    'mean, ms': mean.toFixed(2),
    'p50, ms': p50.toFixed(2),
    'p99, ms': p99.toFixed(2),
    'CPU of the server per switch, ms': cpu.toFixed(2),
  })
  report('persist: latency of a switch', [
    row('on', withChain),
    row('off', without),
    {
      chain: 'on / off',
      'mean, ms': (withChain.mean / without.mean).toFixed(2),
      'p50, ms': (withChain.p50 / without.p50).toFixed(2),
      'p99, ms': (withChain.p99 / without.p99).toFixed(2),
      'CPU of the server per switch, ms': (withChain.cpu / without.cpu).toFixed(2),
    },
  ])
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

const parts: Record<string, () => Promise<void>> = { chain, latency, start }
for (const name of values.only.split(',')) await parts[name]?.()

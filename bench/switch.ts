/**
 * POST /switch over many sessions, beside a bare Fastify with the same schemas and answer, and beside that plus one bare
 * Redis script: throughput and latency with 32 connections, then with one.
 *
 *   npm run bench -- switch [--rounds 5] [--seconds 2] [--sessions 500] [--connections 32]
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { load } from './lib/load.ts'
import { report } from './lib/report.ts'
import { type Contender, interleave } from './lib/rounds.ts'
import { post, type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    sessions: { type: 'string', default: '500' },
    connections: { type: 'string', default: '32' },
  },
})
const SESSIONS = Number(values.sessions)
const CONNECTIONS = Number(values.connections)
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const PREFIX = `bench${randomUUID().slice(0, 8)}`
const LIMITS = { RATE_LIMIT_GENERAL: '100000000', RATE_LIMIT_SWITCH: '1000000' }

/** Running sessions of two, whose clocks outlast the bench. */
async function createSessions({ base }: ServerProcess): Promise<string[]> {
  const ids = Array.from({ length: SESSIONS }, () => randomUUID())
  const participant = (participant_index: number) => ({
    participant_id: randomUUID(),
    participant_index,
    total_time_ms: 86_400_000,
  })
  for (const session_id of ids) {
    const participants = [participant(0), participant(1)]
    await post(base, '/v1/sessions', { session_id, sync_mode: 'per_participant', participants })
    await post(base, `/v1/sessions/${session_id}/start`)
  }
  return ids
}

function contender(name: string, { base }: ServerProcess, ids: string[], connections: number): Contender {
  const path = (connection: number, n: number) =>
    `/v1/sessions/${ids[(connection + n * connections) % ids.length]}/switch`
  return {
    name,
    async round() {
      const duration_ms = Number(values.seconds) * 1000
      const outcome = await load({
        base,
        connections,
        duration_ms,
        next: (connection, n) => ({ path: path(connection, n) }),
      })
      if (Object.keys(outcome.refused).length > 0)
        throw new Error(`${name}: ${JSON.stringify(outcome.refused)}`)
      return outcome
    },
  }
}

const redis = { REDIS_URL, REDIS_PREFIX: PREFIX }
const bare = ['bench/lib/bare-switch.ts']
const subjects: [name: string, server: ServerProcess][] = [
  ['embedded', await startServer({ DATA_DIR: temporaryFolder() })],
  ['embedded, limits on', await startServer({ DATA_DIR: temporaryFolder(), ...LIMITS })],
  ['Redis', await startServer(redis)],
  ['Redis, limits on', await startServer({ ...redis, REDIS_PREFIX: `${PREFIX}l`, ...LIMITS })],
]
const baselines: [name: string, server: ServerProcess][] = [
  ['bare Fastify', await startServer({}, bare)],
  ['bare Fastify + Redis script', await startServer({ BARE_REDIS_URL: REDIS_URL }, bare)],
]
const contenders: [name: string, server: ServerProcess, ids: string[]][] = []
for (const [name, server] of subjects) contenders.push([name, server, await createSessions(server)])
for (const [name, server] of baselines)
  contenders.push([name, server, Array.from({ length: 500 }, () => randomUUID())])

for (const connections of [CONNECTIONS, 1]) {
  const standings = await interleave(
    contenders.map(([name, server, ids]) => contender(name, server, ids, connections)),
    Number(values.rounds),
  )
  const [fastify, script] = standings.slice(-2)
  report(
    connections === 1 ? 'switch-1' : 'switch',
    standings.map(({ name, per_second, p50, p99 }) => ({
      what: name,
      per_second: Math.round(per_second),
      of_bare: ratio(per_second, fastify?.per_second),
      of_bare_with_script: ratio(per_second, script?.per_second),
      p50: ratio(p50, 1),
      p99: ratio(p99, 1),
      p99_of_bare: ratio(p99, fastify?.p99),
    })),
  )
}

function ratio(a: number, b = Number.NaN): number {
  return Math.round((a / b) * 100) / 100
}

await Promise.all([...subjects, ...baselines].map(([, server]) => server.kill('SIGTERM')))
const client = new Redis(REDIS_URL)
for await (const keys of client.scanStream({ match: `*${PREFIX}*`, count: 1000 })) {
  if (keys.length > 0) await client.unlink(...keys)
}
client.disconnect()
process.exit(0)

/**
 * POST /switch over many sessions, beside a bare Fastify with the same schemas and answer, and beside that plus one bare
 * Redis script: throughput and latency with 32 connections, then with one, there also beside that script alone, called
 * over one connection to Redis.
 *
 *   npm run bench -- switch [--rounds 5] [--warm-ups 6] [--seconds 2] [--sessions 500] [--connections 32]
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { BARE_SCRIPT } from './lib/bare-script.ts'
import { load } from './lib/load.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { type Aim, atLeast, atMost, report, round } from './lib/report.ts'
import { type Contender, interleave, type Standing } from './lib/rounds.ts'
import { post, type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'warm-ups': { type: 'string', default: '6' },
    seconds: { type: 'string', default: '2' },
    sessions: { type: 'string', default: '500' },
    connections: { type: 'string', default: '32' },
  },
})
const SESSIONS = Number(values.sessions)
const CONNECTIONS = Number(values.connections)
const ROUND_MS = Number(values.seconds) * 1000
const PREFIX = unique()
/** So high that they are never reached: what is measured is what looking at them costs. */
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
      const outcome = await load({
        base,
        connections,
        duration_ms: ROUND_MS,
        next: (connection, n) => ({ path: path(connection, n) }),
      })
      if (Object.keys(outcome.refused).length > 0)
        throw new Error(`${name}: ${JSON.stringify(outcome.refused)}`)
      return outcome
    },
  }
}

/** The same script as the baseline's, one call after the other, without HTTP. */
function bareRedis(client: Redis): Contender {
  const document = 'x'.repeat(700)
  return {
    name: 'bare Redis round trip',
    async round() {
      const took: number[] = []
      const began = performance.now()
      for (let now = began; now - began < ROUND_MS; ) {
        await client.eval(BARE_SCRIPT, 1, `${PREFIX}:bare`, document)
        const after = performance.now()
        took.push(after - now)
        now = after
      }
      return { per_second: (took.length * 1000) / (performance.now() - began), took }
    },
  }
}

const redis = { REDIS_URL, REDIS_PREFIX: PREFIX }
const bare = ['bench/lib/bare-switch.ts']
const [EMBEDDED, REDIS, LIMITED] = ['embedded', 'Redis', ', limits on']
const [FASTIFY, SCRIPT] = ['bare Fastify', 'bare Fastify + Redis script']
const subjects: [name: string, server: ServerProcess][] = [
  [EMBEDDED, await startServer({ DATA_DIR: temporaryFolder() })],
  [EMBEDDED + LIMITED, await startServer({ DATA_DIR: temporaryFolder(), ...LIMITS })],
  [REDIS, await startServer(redis)],
  [REDIS + LIMITED, await startServer({ ...redis, REDIS_PREFIX: `${PREFIX}l`, ...LIMITS })],
]
const baselines: [name: string, server: ServerProcess][] = [
  [FASTIFY, await startServer({}, bare)],
  [SCRIPT, await startServer({ BARE_REDIS_URL: REDIS_URL }, bare)],
]
const contenders: [name: string, server: ServerProcess, ids: string[]][] = []
for (const [name, server] of subjects) contenders.push([name, server, await createSessions(server)])
for (const [name, server] of baselines)
  contenders.push([name, server, Array.from({ length: SESSIONS }, () => randomUUID())])

const client = new Redis(REDIS_URL)

/** `warm_ups`: rounds until everything that is hot has been compiled, which takes some ten thousand calls. */
async function compete(
  name: string,
  connections: number,
  warm_ups: number,
  others: Contender[],
  aimsOf: AimsOf,
): Promise<void> {
  const standings = await interleave(
    [...contenders.map(([name, server, ids]) => contender(name, server, ids, connections)), ...others],
    Number(values.rounds),
    warm_ups,
  )
  const of = (name: string) => standings.find((each) => each.name === name) as Standing
  const [fastify, script] = [of(FASTIFY), of(SCRIPT)]
  report(
    name,
    standings.map(({ name, per_second, p50, p99 }) => ({
      what: name,
      per_second: Math.round(per_second),
      of_bare: round(per_second / fastify.per_second),
      of_bare_with_script: round(per_second / script.per_second),
      p50_ms: round(p50),
      p99_ms: round(p99),
      p99_of_bare: round(p99 / fastify.p99),
    })),
    aimsOf(of),
  )
}

type AimsOf = (of: (name: string) => Standing) => Aim[]

await compete('switch', CONNECTIONS, Number(values['warm-ups']), [], (of) =>
  [
    { name: EMBEDDED, share: 0.5 },
    { name: REDIS, share: 0.4 },
  ].flatMap(({ name, share }) =>
    [name, name + LIMITED].flatMap((name) => [
      atLeast(`${name}: throughput of bare Fastify's`, of(name).per_second / of(FASTIFY).per_second, share),
      atMost(`${name}: p99 of bare Fastify's`, of(name).p99 / of(FASTIFY).p99, 3),
      ...(name.startsWith(REDIS)
        ? [
            atMost(
              `${name}: throughput of bare Fastify with a script, by its own`,
              of(SCRIPT).per_second / of(name).per_second,
              1.2,
            ),
          ]
        : []),
    ]),
  ),
)
await compete('switch-1', 1, 1, [bareRedis(client)], (of) => [
  atMost("Redis: p50 of a bare Redis round trip's", of(REDIS).p50 / of('bare Redis round trip').p50, 4),
])

await Promise.all([...subjects, ...baselines].map(([, server]) => server.kill('SIGTERM')))
client.disconnect()
await removeKeys(PREFIX)
process.exit(0)

/**
 * How long a switch takes beside 10,000 and 100,000 live sessions with armed deadlines, switched at random, in turns with
 * one on a server that has 100; and what memory a session takes, after a forced collection. On the embedded store (in
 * memory, where there is a file system for that) and on Redis.
 *
 *   npm run bench -- grow [--rounds 7] [--seconds 1] [--sizes 10000,100000]
 */
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { load } from './lib/load.ts'
import { memoryOf, startProbed } from './lib/memory.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { type Aim, atMost, report, round } from './lib/report.ts'
import { type Contender, interleave } from './lib/rounds.ts'
import { memoryFolder } from './lib/server.ts'
import { runningSessions } from './lib/sessions.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    sizes: { type: 'string', default: '10000,100000' },
  },
})
const SMALL = 100
const sizes = values.sizes.split(',').map(Number)
const redis = new Redis(REDIS_URL)

/** One call after the other, each to a session chosen at random: none is likelier to be in a cache than it is in life. */
const contender = (name: string, base: string, ids: string[]): Contender => ({
  name,
  async round() {
    const outcome = await load({
      base,
      connections: 1,
      duration_ms: Number(values.seconds) * 1000,
      next: () => ({ path: `/v1/sessions/${ids[Math.floor(Math.random() * ids.length)]}/switch` }),
    })
    if (Object.keys(outcome.refused).length > 0)
      throw new Error(`${name}: ${JSON.stringify(outcome.refused)}`)
    return outcome
  },
})

const redisMemory = async (): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])

const rows: Record<string, unknown>[] = []
const aims: Aim[] = []

async function measure(store: string, env: () => Record<string, string>): Promise<void> {
  const [small, large] = await Promise.all([startProbed(env()), startProbed(env())])
  const few = await runningSessions(small.base, SMALL)
  const many: string[] = []
  const used = async () => {
    const { heap, external } = await memoryOf(large)
    return { server: heap + external, redis: await redisMemory() }
  }
  const empty = await used()
  for (const size of sizes) {
    many.push(...(await runningSessions(large.base, size - many.length)))
    const full = await used()
    const [base, grown] = await interleave(
      [contender('small', small.base, few), contender('large', large.base, many)],
      Number(values.rounds),
    )
    if (!base || !grown) throw new Error('nothing was measured')
    const ratio = grown.p50 / base.p50
    const kib = (what: 'server' | 'redis') => round((full[what] - empty[what]) / size / 1024)
    rows.push({
      store,
      live_sessions: size,
      p50_ms: round(grown.p50, 3),
      p99_ms: round(grown.p99),
      p50_of_100: round(ratio),
      server_kib_per_session: kib('server'),
      redis_kib_per_session: store === 'Redis' ? kib('redis') : '',
    })
    aims.push(atMost(`${store}, ${size} live sessions: p50 of that with ${SMALL}`, ratio, 1.2))
  }
  await Promise.all([small.kill('SIGTERM'), large.kill('SIGTERM')])
}

const prefix = unique()
await measure('embedded', () => ({ DATA_DIR: memoryFolder() }))
await measure('Redis', () => ({ REDIS_URL, REDIS_PREFIX: prefix + unique() }))
report('grow', rows, aims)
redis.disconnect()
await removeKeys(prefix)
process.exit(0)

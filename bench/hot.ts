/**
 * One session that 32 callers switch at once, through one instance and through two on one Redis. None of them says what
 * it expects, so none may be refused: what a retry inside the server can avoid is not the caller's business.
 *
 *   npm run bench -- hot [--rounds 5] [--seconds 2] [--callers 32]
 */
import { parseArgs } from 'node:util'
import { load } from './lib/load.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { atMost, report, round } from './lib/report.ts'
import { type Contender, interleave } from './lib/rounds.ts'
import { startServer } from './lib/server.ts'
import { runningSessions } from './lib/sessions.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    callers: { type: 'string', default: '32' },
  },
})
const CALLERS = Number(values.callers)
const PREFIX = unique()
const env = { REDIS_URL, REDIS_PREFIX: PREFIX }
const servers = await Promise.all([startServer(env), startServer(env)])
const bases = servers.map(({ base }) => base)
const refusals = new Map<string, number>()
let calls = 0

async function contender(name: string, through: string[]): Promise<Contender> {
  const [id] = await runningSessions(through[0] as string, 1)
  refusals.set(name, 0)
  return {
    name,
    async round() {
      const outcomes = await Promise.all(
        through.map((base) =>
          load({
            base,
            connections: CALLERS / through.length,
            duration_ms: Number(values.seconds) * 1000,
            next: () => ({ path: `/v1/sessions/${id}/switch` }),
          }),
        ),
      )
      for (const { took, refused } of outcomes) {
        calls += took.length
        const count = Object.values(refused).reduce((sum, each) => sum + each, 0)
        refusals.set(name, (refusals.get(name) ?? 0) + count)
      }
      return {
        per_second: outcomes.reduce((sum, { per_second }) => sum + per_second, 0),
        took: outcomes.flatMap(({ took }) => took),
      }
    },
  }
}

const standings = await interleave(
  [await contender('one instance', bases.slice(0, 1)), await contender('two instances', bases)],
  Number(values.rounds),
)
report(
  `hot, ${CALLERS} callers`,
  standings.map(({ name, per_second, p50, p99 }) => ({
    what: name,
    switches_per_second: Math.round(per_second),
    p50_ms: round(p50),
    p99_ms: round(p99),
    refused: refusals.get(name),
  })),
  [...refusals].map(([name, count]) => atMost(`${name}: refused of ${calls} calls`, count, 0, ' calls')),
)
await Promise.all(servers.map((server) => server.kill('SIGTERM')))
await removeKeys(PREFIX)
process.exit([...refusals.values()].some((count) => count > 0) ? 1 : 0)

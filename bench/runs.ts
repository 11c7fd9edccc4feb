/**
 * Live runs: 150 reporters at a report per second, 50 watchers over SSE and 50 over WebSocket, two instances on one
 * Redis. Every watcher must end up with every run's newest state. From three quarters of the time on one watcher of
 * each kind stalls.
 *
 * Memory is what is left after a forced collection. All that is kept of reports is bounded: a run's history by 1,000
 * points, the documents of the near cache by 16 MiB, the events for readers who come back by RUN_FEED_EVENTS and 8 MiB.
 * So each run first gets --points reports of its past, more than its history holds; from then on, until the watchers
 * stall, memory must not grow by more than GROWTH_LIMIT.
 *
 *   npm run bench -- runs [--seconds 60] [--reporters 150] [--watchers 50] [--points 1200]
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { growthOf, type Memory, memoryOf, startProbed } from './lib/memory.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { report, spread } from './lib/report.ts'
import { createReporter, noReports } from './lib/run-reporters.ts'
import {
  createWatcher,
  type Delivery,
  stall,
  type Watcher,
  watchSocket,
  watchStream,
} from './lib/run-watchers.ts'
import { temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    reporters: { type: 'string', default: '150' },
    watchers: { type: 'string', default: '50' },
    points: { type: 'string', default: '1200' },
  },
})
const SECONDS = Number(values.seconds)
const REPORTERS = Number(values.reporters)
const WATCHERS = Number(values.watchers)
const POINTS = Number(values.points)
/** Of both instances, in bytes per 1,000 reports: a tenth of what it would be if each kept one message of every report. */
const GROWTH_LIMIT = 100_000
/** The points that a run's history holds: with fewer of them, memory is still to grow. */
const HISTORY_LIMIT = 1000
/** How often memory is looked at on the way through the past, and then until the watchers stall. */
const PAST_LOOKS = 6
const LOOKS = 12
const PREFIX = unique()

const env = { REDIS_URL, REDIS_PREFIX: PREFIX, SSE_MAX_STREAMS_PER_IP: '0' }
const servers = await Promise.all([0, 1].map(() => startProbed({ ...env, DATA_DIR: temporaryFolder() })))
const bases = servers.map(({ base }) => base)
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)

type Look = { when: string; reports: number; memory: Memory[] }
const looks: Look[] = []
const past = noReports()
const present = noReports()

async function look(when: string): Promise<Look> {
  const memory = await Promise.all(servers.map(memoryOf))
  const seen = { when, reports: past.count + present.count, memory }
  looks.push(seen)
  return seen
}

const usedBy = ({ heap, external } = { heap: 0, external: 0 }) => heap + external
const used = ({ memory }: Look) => sum(memory.map(usedBy))

const reporters = Array.from({ length: REPORTERS }, (_, i) => createReporter(bases, `${PREFIX}-${i}`, POINTS))
await look('started')
await Promise.all(reporters.map(({ start }) => start()))
for (let i = 1; i <= PAST_LOOKS; i++) {
  const until = Math.round((POINTS * i) / PAST_LOOKS)
  await Promise.all(reporters.map(({ catchUp }) => catchUp(until, past)))
  await look(`${until} reports a run`)
}

const deliveries: Delivery[] = []
const watchers: Watcher[] = []
for (let i = 0; i < WATCHERS; i++) {
  for (const open of [watchStream, watchSocket]) {
    const watcher = createWatcher(deliveries)
    watchers.push(watcher)
    await open(bases[i % 2] as string, watcher)
  }
}

const began = Date.now()
const stalls_at = began + SECONDS * 750
const going = reporters.map(({ goOn }) => goOn(SECONDS, present))
const steady: Look[] = []
for (let i = 1; i <= LOOKS; i++) {
  await delay(began + ((stalls_at - began) * i) / LOOKS - Date.now())
  steady.push(await look(`watched for ${Math.round((Date.now() - began) / 1000)} s`))
}
for (const base of bases) for (const upgrade of [true, false]) stall(base, upgrade)
await Promise.all(going)
await delay(2000)
await look('after stalled watchers')

type Listed = { data: { tests: { run_id: string; version: number }[] } }
const { data } = (await (await fetch(`${bases[0]}/v1/runs?limit=1000`)).json()) as Listed
const behind = watchers.map(
  ({ versions }) => data.tests.filter(({ run_id, version }) => versions.get(run_id) !== version).length,
)
const delivered = (from: number, to: number) =>
  spread(deliveries.filter(({ at }) => at >= from && at < to).map(({ took_ms }) => took_ms))
const growth =
  1000 *
  sum(servers.map((_, i) => growthOf(steady.map(({ reports, memory }) => [reports, usedBy(memory[i])]))))
const inMegabytes = (memory: Memory[], what: keyof Memory) =>
  memory.map((each) => (each[what] / 1e6).toFixed(1)).join(' + ')

report('runs', [
  { what: 'report to answer, ms', ...spread(present.took) },
  { what: 'report to watcher, ms', ...delivered(began, stalls_at) },
  { what: 'the same beside stalled watchers, ms', ...delivered(stalls_at, Number.POSITIVE_INFINITY) },
  {
    what: 'reports',
    count: past.count + present.count,
    repeated: past.repeated + present.repeated,
    failed: past.failed + present.failed,
  },
  {
    what: 'messages seen',
    count: deliveries.length,
    out_of_order: sum(watchers.map(({ disorder }) => disorder)),
    newest_state_missing: sum(behind),
  },
])
report(
  'runs, memory of both instances in MB',
  looks.map((seen, i) => {
    const { when, reports, memory } = seen
    const before = looks[i - 1]
    const more = before && (used(seen) - used(before)) / (reports - before.reports)
    return {
      when,
      reports,
      heap: inMegabytes(memory, 'heap'),
      'outside it': inMegabytes(memory, 'external'),
      resident: inMegabytes(memory, 'resident'),
      'kB more per 1,000 reports': more === undefined ? '' : more.toFixed(0),
    }
  }),
)
const failures = [
  ...(past.failed + present.failed > 0 ? ['a report was refused'] : []),
  ...(sum(behind) > 0 ? ['a watcher has not seen the newest state'] : []),
  ...(POINTS >= HISTORY_LIMIT && growth > GROWTH_LIMIT
    ? [`memory grew by ${Math.round(growth / 1000)} kB per 1,000 reports, more than ${GROWTH_LIMIT / 1000}`]
    : []),
]

await Promise.all(servers.map((server) => server.kill('SIGTERM')))
await removeKeys(PREFIX)
for (const failure of failures) console.error(failure)
console.log(
  `steady growth: ${(growth / 1000).toFixed(0)} kB per 1,000 reports (at most ${GROWTH_LIMIT / 1000})`,
)
process.exit(failures.length > 0 ? 1 : 0)

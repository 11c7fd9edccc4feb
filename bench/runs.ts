/**
 * Live runs: 150 reporters at a report per second, 50 watchers over SSE and 50 over WebSocket, two instances on one
 * Redis. Every watcher must end up with every run's newest state, and see no message out of order.
 *
 * Half of the time is for memory and delivery. Then the reports get longer, so that they fill the buffers of the kernel
 * (some 4 MB) within the default time; and in the last two fifths one watcher of each kind stalls on each instance. The
 * server must end it, and the others must not feel it.
 *
 * Memory is what is left after a forced collection. All that is kept of reports is bounded: a run's history by 1,000
 * points, the documents of the near cache by 16 MiB, the events for readers who come back by RUN_FEED_EVENTS and 8 MiB.
 * So each run first gets --points reports of its past, more than its history holds; from then on, until the watchers
 * stall, memory must not grow by more than GROWTH_LIMIT.
 *
 *   npm run bench -- runs [--seconds 90] [--reporters 150] [--watchers 50] [--points 1200]
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { growthOf, type Memory, memoryOf, startProbed } from './lib/memory.ts'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { atLeast, atMost, percentile, report, spread } from './lib/report.ts'
import { createReporter, noReports } from './lib/run-reporters.ts'
import {
  countWatchers,
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
    seconds: { type: 'string', default: '90' },
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
/** A delivery that takes longer than this is none, in ms. */
const LATE_MS = 1000
/** How much later the others may get their messages because of the stalled ones, at the 99th percentile, in ms. */
const FELT_MS = 500
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

/** While memory is looked at the servers stand still, which is no delivery. */
const pauses: { from: number; to: number }[] = []

async function look(when: string): Promise<Look> {
  const from = Date.now()
  const memory = await Promise.all(servers.map(memoryOf))
  pauses.push({ from, to: Date.now() })
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
const long_from = began + SECONDS * 500
const stalls_at = began + SECONDS * 600
const going = reporters.map(({ goOn }) => goOn(SECONDS, long_from, present))
const steady: Look[] = []
for (let i = 1; i <= LOOKS; i++) {
  await delay(Math.max(0, began + ((long_from - began) * i) / LOOKS - Date.now()))
  const seen = await look(`watched for ${Math.round((Date.now() - began) / 1000)} s`)
  // Those who have just come have first to be given what is kept for them.
  if (i > LOOKS / 4) steady.push(seen)
}
await delay(Math.max(0, stalls_at - Date.now()))
for (const base of bases) for (const upgrade of [true, false]) stall(base, upgrade)
await Promise.all(going)
await delay(2000)
const ended = watchers.length + 2 * bases.length - sum(await Promise.all(bases.map(countWatchers)))
await look('after stalled watchers')

type Listed = { data: { tests: { run_id: string; version: number }[] } }
const { data } = (await (await fetch(`${bases[0]}/v1/runs?limit=1000`)).json()) as Listed
const behind = watchers.map(
  ({ versions }) => data.tests.filter(({ run_id, version }) => versions.get(run_id) !== version).length,
)
const delivered = (from: number, to: number) =>
  deliveries
    .filter(({ at }) => at >= from && at < to)
    .filter(({ at, took_ms }) => pauses.every((pause) => at < pause.from || at - took_ms > pause.to))
    .map(({ took_ms }) => took_ms)
const plain = delivered(began, long_from)
const long = delivered(long_from, stalls_at)
const beside = delivered(stalls_at, Number.POSITIVE_INFINITY)
const p99 = [plain, long, beside].map((each) => percentile(each, 0.99)) as [number, number, number]
const felt = p99[2] - p99[1]
const disorder = sum(watchers.map(({ disorder }) => disorder))
const growth =
  1000 *
  sum(servers.map((_, i) => growthOf(steady.map(({ reports, memory }) => [reports, usedBy(memory[i])]))))
const inMegabytes = (memory: Memory[], what: keyof Memory) =>
  memory.map((each) => (each[what] / 1e6).toFixed(1)).join(' + ')

const rows = [
  { what: 'report to answer, ms', ...spread(present.took) },
  { what: 'report to watcher, ms', ...spread(plain) },
  { what: 'the same, longer reports, ms', ...spread(long) },
  { what: 'the same beside stalled watchers, ms', ...spread(beside) },
  {
    what: 'reports',
    count: past.count + present.count,
    repeated: past.repeated + present.repeated,
    failed: past.failed + present.failed,
  },
  {
    what: 'messages seen',
    count: deliveries.length,
    out_of_order: disorder,
    newest_state_missing: sum(behind),
  },
]
report('runs', rows, [
  atMost('report to watcher: p99', p99[0], 50, ' ms'),
  atMost('later beside stalled watchers: p99', felt, 50, ' ms'),
  atLeast('stalled watchers that were ended', ended, 2 * bases.length),
  atMost('memory of both, per 1,000 reports', growth / 1000, GROWTH_LIMIT / 1000, ' kB'),
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
const grew = Math.round(growth / 1000)
const failures = [
  past.failed + present.failed > 0 && 'a report was refused',
  sum(behind) > 0 && 'a watcher has not seen the newest state',
  disorder > 0 && 'a watcher has seen messages out of order',
  Math.max(...p99) > LATE_MS && `one message in a hundred took more than ${LATE_MS} ms`,
  felt > FELT_MS && `stalled watchers held up the others by ${Math.round(felt)} ms`,
  ended < 2 * bases.length &&
    'a stalled watcher was not ended (in less than the default time it may not have to be)',
  POINTS >= HISTORY_LIMIT &&
    growth > GROWTH_LIMIT &&
    `memory grew by ${grew} kB per 1,000 reports, more than ${GROWTH_LIMIT / 1000}`,
].filter((each) => each !== false)

await Promise.all(servers.map((server) => server.kill('SIGTERM')))
await removeKeys(PREFIX)
for (const failure of failures) console.error(failure)
process.exit(failures.length > 0 ? 1 : 0)

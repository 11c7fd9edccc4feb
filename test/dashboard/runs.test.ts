import t from 'tap'
import {
  clientPair,
  clientVersion,
  formatAbout,
  lengthOf,
  namedBaseline,
  shortVersion,
} from '../../dashboard/lib/run-meta.ts'
import { formatMetric, metricLabel, orderMetrics } from '../../dashboard/lib/run-metrics.ts'
import { readChoices } from '../../dashboard/pages/compare/choices.ts'
import { toCsv } from '../../dashboard/pages/compare/export.ts'
import {
  addReport,
  metricsIn,
  type Point,
  placesOn,
  ratesOf,
  samplesOf,
} from '../../dashboard/pages/run/history.ts'
import { isFiltered, matches, optionsOf, readFilters } from '../../dashboard/pages/runs/filters.ts'
import type { Comparison, Run, RunEvent } from '../../sdk/index.ts'
import { event, iso, runOf, START } from './run-samples.ts'

t.test('clients, versions and lengths are told in short', async (t) => {
  t.equal(shortVersion('Geth/v1.16.7-stable/linux-amd64/go1.24.9'), '1.16.7')
  t.equal(shortVersion('teku/v25.11.0/linux-x86_64'), '25.11.0')
  t.equal(shortVersion('reth/v1.9.3-rc.1+x'), '1.9.3-rc.1')
  t.equal(shortVersion('nonsense'), null)
  t.equal(clientVersion(runOf(), 'exec'), '1.16.7', 'of its image')
  t.equal(clientVersion(runOf(), 'cons'), null, 'a port is no version')
  t.equal(clientVersion(runOf({ current_metrics: { exec_version: 'Geth/v2.0.1' } }), 'exec'), '2.0.1')
  const tagged = runOf({ cl_client_config: { type: 'x', image: 'x:latest' } })
  t.equal(clientVersion(tagged, 'cons'), 'latest')
  t.equal(clientPair(runOf()), 'geth + lighthouse')
  t.equal(clientPair(runOf({ el_client: 'job.sh', cl_client: 'none' })), 'job.sh')
  t.equal(lengthOf(runOf(), START + 5), 5)
  t.equal(lengthOf(runOf({ end_time: iso(7) }), START + 500), 7)
  t.equal(lengthOf(runOf(), START - 5), 0, 'a clock that is ahead')
  t.same([5000, 61_000, 3_590_000, 3_700_000, 7_800_000, 100_000_000].map(formatAbout), [
    '< 1 m',
    '1 m',
    '1 h 00 m',
    '1 h 00 m',
    '2 h 10 m',
    '1 d 4 h',
  ])
  t.equal(namedBaseline({ labels: { baseline: 'other' } }), 'other')
  t.equal(namedBaseline({ labels: { baseline: 'true' } }), null)
})

t.test('metrics have names, units and an order; strange ones, too', async (t) => {
  t.same(orderMetrics(['loss', 'slot', 'Alpha', 'block', 'loss']), ['block', 'slot', 'Alpha', 'loss'])
  t.equal(metricLabel('exec_disk_usage'), 'Execution disk')
  t.equal(metricLabel('constructor'), 'constructor')
  t.equal(formatMetric('exec_disk_usage', 1.5e9), '1.5 GB')
  t.equal(formatMetric('block', 1234.4), '1,234', 'between two blocks is none')
  t.equal(formatMetric('loss', 0.25), '0.25')
  t.equal(formatMetric('sent_bytes', 1e6), '1 MB')
  t.equal(formatMetric('wait_ms', 1500), '1.5 s')
  t.equal(formatMetric('constructor', 2), '2')
  t.equal(formatMetric('exec_version', 'v1'), 'v1')
  t.equal(formatMetric('block', undefined), '–')
})

t.test('runs are found by words, status, network, client and label', async (t) => {
  const filters = (text: string) => readFilters(new URLSearchParams(text))
  const found = (text: string, run = runOf()) => matches(run, filters(text))
  t.ok(found(''))
  t.ok(found('q=GETH+bench'))
  t.ok(found('q=1.16.7'))
  t.notOk(found('q=geth+reth'))
  t.ok(found('q=memory', runOf({ error: 'out of memory' })))
  t.ok(found('status=running&network=hoodi&client=lighthouse&label=host%3Dbench-1'))
  for (const wrong of ['status=stale', 'network=x', 'client=reth', 'label=host']) t.notOk(found(wrong), wrong)
  t.ok(found('status=nonsense'), 'as if nothing was asked')
  t.notOk(isFiltered(filters('q=+')))
  t.ok(isFiltered(filters('label=a')))
  const job = runOf({ el_client: 'job.sh', cl_client: 'none', network: '' })
  t.same(optionsOf([runOf(), job], filters('client=gone')), {
    network: ['hoodi'],
    client: ['geth', 'gone', 'job.sh', 'lighthouse'],
    label: ['host=bench-1'],
  })
})

const points: Point[] = [
  { at: START, metrics: { block: 0, exec_version: 'v1' } },
  { at: START + 10_000, metrics: { block: 100 } },
  { at: START + 20_000, metrics: { block: 50, loss: 1 } },
  { at: START + 30_000, metrics: {} },
  { at: START + 40_000, metrics: { block: 300 } },
]

t.test('a history is drawn over its time, its duration or its blocks', async (t) => {
  t.same(
    placesOn(points, 'time', START).x,
    points.map(({ at }) => at),
  )
  t.same(placesOn(points, 'elapsed', START).x, [0, 10_000, 20_000, 30_000, 40_000])
  const { x, points: kept } = placesOn(points, 'block', START)
  t.same(x, [0, 100, 300], 'blocks that are passed twice count once')
  t.equal(kept.length, 3)
  t.same(ratesOf(points, 'block', 1000), [null, 10, null, null, null], 'what fell was not slow')
  t.same(ratesOf(points.slice(0, 2), 'block', 60_000), [null, 10])
  t.same(metricsIn(points), ['block', 'loss'])
  t.same(metricsIn(points, { texts: true }), ['block', 'exec_version', 'loss'])
  t.same(
    samplesOf(points).map(({ block }) => block),
    [50, null, 300],
  )
  const report = event(9, 41_000) as RunEvent & { type: 'test_progress' }
  t.equal(addReport(points, report, -1000).at(-1)?.at, START + 40_001, 'never at the instant of another')
  t.equal(addReport(points, report, 5000).at(-1)?.at, START + 46_000)
})

t.test('an address says what is compared, and makes sense of itself', async (t) => {
  const read = (text: string, known: Run[] = []) =>
    readChoices(new URLSearchParams(text), new Map(known.map((run) => [run.run_id, run])))
  t.same(read(''), { ids: [], axis: 'elapsed', metric: 'block', against: null })
  t.same(read('ids=a,b,,a&axis=block&metric=block'), {
    ids: ['a', 'b'],
    axis: 'block',
    metric: 'elapsed',
    against: 'a',
  })
  t.equal(read('ids=1,2,3,4,5,6,7').ids.length, 6)
  t.equal(read('ids=a,b&against=b').against, 'b')
  t.equal(read('ids=a,b&against=c').against, 'a')
  const marked = runOf({ run_id: 'b', labels: { baseline: 'true' } })
  t.equal(read('ids=a,b', [runOf(), marked]).against, 'b')
  t.equal(read('ids=a,b', [runOf({ labels: { baseline: 'b' } })]).against, 'b')
  t.equal(read('ids=a,b', [runOf({ labels: { baseline: 'c' } })]).against, 'a')
})

t.test('curves are exported with a column for each run', async (t) => {
  const run = (run_id: string, y: (number | null)[]) => ({ run_id, y }) as Comparison['runs'][number]
  const comparison: Comparison = {
    axis: 'elapsed',
    metric: 'block',
    x: [0, 10],
    runs: [run('a', [1, 2]), run('-b', [null, 3])],
  }
  t.equal(toCsv(comparison), "elapsed,a,'-b\r\n0,1,\r\n10,2,3\r\n")
})

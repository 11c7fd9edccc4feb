import t, { type Test } from 'tap'
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDoubt,
  formatDuration,
  formatLatency,
  formatNumber,
  formatPercent,
  formatRate,
  formatRelative,
  shortId,
} from '../../dashboard/lib/format.ts'
import { findRoute, matchPath } from '../../dashboard/lib/match.ts'
import { sortRows } from '../../dashboard/lib/sort.ts'
import { ROUTES } from '../../dashboard/routes.ts'

/** Each text and what it must be. */
function told(t: Test, rows: [text: string, expected: string][]): void {
  for (const [text, expected] of rows) t.equal(text, expected)
}

t.test('time left is rounded up, time used down, and tenths are shown near the end', async (t) => {
  told(t, [
    [formatClock(0), '0:00.0'],
    [formatClock(-5), '0:00.0'],
    [formatClock(1), '0:00.1'],
    [formatClock(9300), '0:09.3'],
    [formatClock(19_999), '0:20.0'],
    [formatClock(20_000), '0:20'],
    [formatClock(299_001), '5:00'],
    [formatClock(3_599_001), '1:00:00'],
    [formatClock(3_723_000), '1:02:03'],
    [formatClock(86_400_000), '24:00:00'],
    [formatClock(299_950, { tenths: 'always' }), '5:00.0'],
    [formatClock(9300, { tenths: 'never' }), '0:10'],
    [formatClock(9399, { down: false }), '0:09.3'],
    [formatClock(61_999, { down: false }), '1:01'],
    [formatClock(Number.POSITIVE_INFINITY), '∞'],
  ])
})

t.test('durations are told in two units at most, and never as 60 of one', async (t) => {
  told(t, [
    [formatDuration(0), '0 ms'],
    [formatDuration(999.4), '999 ms'],
    [formatDuration(999.6), '1 s'],
    [formatDuration(12_400), '12.4 s'],
    [formatDuration(59_949), '59.9 s'],
    [formatDuration(59_950), '1 m 00 s'],
    [formatDuration(185_000), '3 m 05 s'],
    [formatDuration(3_599_600), '1 h 00 m'],
    [formatDuration(3_720_000), '1 h 02 m'],
    [formatDuration(86_399_000), '1 d 0 h'],
    [formatDuration(187_200_000), '2 d 4 h'],
    [formatDuration(-1500), '−1.5 s'],
    [formatDuration(Number.NaN), '–'],
  ])
})

t.test('amounts carry their unit and as many digits as matter', async (t) => {
  told(t, [
    [formatBytes(0), '0 B'],
    [formatBytes(999), '999 B'],
    [formatBytes(999.7), '1 kB'],
    [formatBytes(1234), '1.23 kB'],
    [formatBytes(104_857_600), '105 MB'],
    [formatBytes(812_400_000_000), '812 GB'],
    [formatBytes(1.5e18), '1500 PB'],
    [formatRate(12.34, 'blocks'), '12.3 blocks/s'],
    [formatRate(1200, 'slots'), '1.2 k slots/s'],
    [formatRate(4_500_000, 'B'), '4.5 MB/s'],
    [formatRate(0, 'blocks'), '0 blocks/s'],
    [formatCount(22_431_084), '22,431,084'],
    [formatLatency(0.42), '0.42 ms'],
    [formatLatency(15.34), '15.3 ms'],
    [formatLatency(241.8), '242 ms'],
    [formatLatency(2150.4), '2,150 ms'],
    [formatDoubt(0.42), '±0.4 ms'],
    [formatDoubt(9.96), '±10 ms'],
    [formatDoubt(999.4), '±999 ms'],
    [formatDoubt(1234), '±1.2 s'],
    [formatNumber(1, 'session'), '1 session'],
    [formatNumber(0, 'session'), '0 sessions'],
    [formatNumber(2, 'entry', 'entries'), '2 entries'],
    [formatPercent(0), '0 %'],
    [formatPercent(62.44), '62.4 %'],
    [formatPercent(99.99), '99.9 %'],
    [formatPercent(100), '100 %'],
    [formatPercent(Number.NaN), '–'],
    [shortId('d8a8678a-d55f-4801-83d6-199b42fc040f'), 'd8a8678a'],
  ])
})

t.test('instants are told by how far away they are', async (t) => {
  const now = Date.UTC(2026, 0, 2)
  told(t, [
    [formatRelative(now - 4000, now), 'just now'],
    [formatRelative(now - 12_000, now), '12 seconds ago'],
    [formatRelative(new Date(now + 180_000).toISOString(), now), 'in 3 minutes'],
    [formatRelative(now - 59 * 60_000, now), '59 minutes ago'],
    [formatRelative(now - 5 * 3_600_000, now), '5 hours ago'],
    [formatRelative(now - 30 * 3_600_000, now), 'yesterday'],
  ])
})

t.test('a path fits a pattern part by part', async (t) => {
  t.strictSame(matchPath('/', '/'), {})
  t.strictSame(matchPath('/runs/:id', '/runs/a%20b'), { id: 'a b' })
  t.strictSame(matchPath('/runs/:id', '/runs/x/'), { id: 'x' })
  for (const path of ['/runs', '/runs/a/b', '/sessions/a', '/runs/%E0%A4%A']) {
    t.equal(matchPath('/runs/:id', path), null, path)
  }
  const routes = [{ path: '/runs/new' }, { path: '/runs/:id' }]
  t.match(findRoute(routes, '/runs/new'), { route: routes[0], params: {} })
  t.match(findRoute(routes, '/runs/1'), { route: routes[1], params: { id: '1' } })
  t.equal(findRoute(routes, '/'), null)
})

t.test('every route can be reached, here as on the server, which prefers what is written out', async (t) => {
  for (const route of ROUTES)
    t.equal(findRoute(ROUTES, route.path.replaceAll(':', 'x'))?.route, route, route.path)
})

t.test('rows are sorted by number or text, what is not known last', async (t) => {
  const rows = [{ a: 2 }, { a: null }, { a: 10 }, { a: 1 }]
  const order = (descending: boolean) => sortRows(rows, ({ a }) => a, descending).map(({ a }) => a)
  t.strictSame(order(false), [1, 2, 10, null])
  t.strictSame(order(true), [10, 2, 1, null])
  t.strictSame(
    sortRows(['run-10', 'Run-9', 'run-1'], (name) => name, false),
    ['run-1', 'Run-9', 'run-10'],
  )
})

import { once } from 'node:events'
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import { readConfigFile } from '../../cli/lib/config-file.ts'
import { formatDuration, parseDuration } from '../../cli/lib/duration.ts'
import { Failure } from '../../cli/lib/failure.ts'
import { createFolderGauge, folderSize } from '../../cli/lib/folder-size.ts'
import { formatBytes, formatRate, printable } from '../../cli/lib/format.ts'
import { ask } from '../../cli/lib/http.ts'
import { parseListen } from '../../cli/lib/listen.ts'
import { createMetricReader } from '../../cli/lib/metric-lines.ts'
import { label, url } from '../../cli/lib/options.ts'
import { createPace } from '../../cli/lib/rate.ts'
import { formatMetric } from '../../cli/lib/runs.ts'
import { freePort } from '../helpers/servers.ts'

test('times are read and written as people write them', (t) => {
  const read: [string, number | null][] = [
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['90m', 5_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['10', null],
    ['', null],
    ['-1s', null],
    ['1s x', null],
  ]
  for (const [text, ms] of read) t.equal(parseDuration(text), ms, text)
  const written: [number, string][] = [
    [0, '0s'],
    [59_400, '59s'],
    [61_000, '1m01s'],
    [3_723_000, '1h02m03s'],
    [90_061_000, '1d01h01m'],
    [-5, '0s'],
  ]
  for (const [ms, text] of written) t.equal(formatDuration(ms), text)
  t.end()
})

test('sizes, rates and metrics have their units', (t) => {
  t.equal(formatBytes(0), '0 B')
  t.equal(formatBytes(1023), '1023 B')
  t.equal(formatBytes(1536), '1.50 KiB')
  t.equal(formatBytes(3.2 * 1024 ** 4), '3.20 TiB')
  t.equal(formatRate(0.123), '0.12/s')
  t.equal(formatRate(1234.5), '1235/s')
  t.equal(formatMetric('exec_disk_usage', 2048), '2.00 KiB')
  t.equal(formatMetric('exec_sync_percent', 12.345), '12.35%')
  t.equal(formatMetric('block', 5), '5')
  t.equal(formatMetric('exec_version', 'Geth'), 'Geth')
  t.equal(formatMetric('block', null), '-')
  t.end()
})

test('what others chose cannot give orders to a terminal', (t) => {
  t.equal(printable('a\u001b[2Jb\r\nc\u009b1md\u202ee'), 'a[2Jbc1mde')
  t.equal(printable(undefined), '')
  t.end()
})

test('an address to listen at has a port, and a host when one is given', (t) => {
  t.same(parseListen('0.0.0.0:80'), { host: '0.0.0.0', port: '80' })
  t.same(parseListen(':3000'), { port: '3000' })
  t.same(parseListen('[::1]:3000'), { host: '::1', port: '3000' })
  for (const text of ['3000', 'a:b', 'a:70000', '::1:3000', '']) t.throws(() => parseListen(text), text)
  t.end()
})

test('labels and addresses are checked', (t) => {
  t.same(label('b=c=d', { a: '1' }), { a: '1', b: 'c=d' })
  t.same(label('a=', {}), { a: '' })
  t.throws(() => label('=x'))
  t.throws(() => label('x'))
  t.equal(url('http://a:1/b/'), 'http://a:1/b')
  t.throws(() => url('ftp://a'))
  t.throws(() => url('a:1'))
  t.end()
})

test('a configuration file is JSON or lines of NAME=value, and says what it does not know', (t) => {
  const dir = t.testdir({
    'a.json': JSON.stringify({ PORT: 4000, AUTH_TOKENS: ['one', 'two'], OPEN: true }),
    'a.env': '# a comment\nPORT=4000\nHOST="0.0.0.0"\n',
    'bad.json': '{ "PORT": ',
    'deep.json': '{ "PORT": { "a": 1 } }',
    'odd.env': 'PROT=1\n',
  })
  const known = new Set(['PORT', 'HOST', 'AUTH_TOKENS', 'OPEN'])
  const read = (name: string) => readConfigFile(join(dir, name), known)
  t.same(read('a.json'), { PORT: '4000', AUTH_TOKENS: 'one,two', OPEN: 'true' })
  t.same(read('a.env'), { PORT: '4000', HOST: '0.0.0.0' })
  t.throws(() => read('odd.env'), /no such setting: PROT/)
  for (const name of ['bad.json', 'deep.json', 'none.json']) {
    t.throws(() => read(name), Failure)
  }
  t.end()
})

test('metrics are found in the lines of any output', (t) => {
  const lines: [string, object | null][] = [
    ['block=12 slot=34', { block: 12, slot: 34 }],
    ['INFO imported block=12, peers: exec_peers=3; ok', { block: 12, exec_peers: 3 }],
    [
      '  {"block": 5, "exec_version": "Geth", "note": "x", "deep": {"slot": 1}}',
      { block: 5, exec_version: 'Geth' },
    ],
    ['{"msg":"x","metrics":{"slot":7}}', { slot: 7 }],
    ['pct=40', { exec_sync_percent: 40 }],
    ['exec_version="Geth 1" exec_sync_percent=12.5', { exec_version: 'Geth 1', exec_sync_percent: 12.5 }],
    ['epoch=3 loss=0.25 name=x', { epoch: 3, loss: 0.25 }],
    ['block=-5 slot=1e3 exec_peers=0x10', null],
    ['{"block": }', null],
    ['{"block": "12"}', { block: 12 }],
    ['nothing here = at all', null],
    ['__proto__=1', { ['__proto__']: 1 }],
  ]
  for (const [line, metrics] of lines) {
    const found: object[] = []
    const { feed } = createMetricReader({ pct: 'exec_sync_percent' }, (each) => found.push(each))
    feed(Buffer.from(`${line}\n`))
    t.same(found, metrics && line !== '__proto__=1' ? [metrics] : [], line)
  }
  t.end()
})

test('lines may come in pieces, end in any way, and be too long', (t) => {
  const found: object[] = []
  const { feed, end } = createMetricReader({}, (metrics) => found.push(metrics))
  for (const piece of [
    'blo',
    'ck=1\r',
    '\nblock=2\rblock=3',
    '\n',
    'x'.repeat(100_000),
    ' block=4\n',
    'block=5\n',
    'block=6',
  ]) {
    feed(Buffer.from(piece))
  }
  t.same(found, [{ block: 1 }, { block: 2 }, { block: 3 }, { block: 5 }])
  end()
  t.same(found.slice(4), [{ block: 6 }], 'the last one may have no end')
  end()
  t.equal(found.length, 5)
  t.end()
})

test('the pace is that of the last two minutes, and the goal may move', (t) => {
  const pace = createPace()
  t.same(pace(0, 100, 1000), { rate: null, eta_ms: null })
  t.same(pace(10_000, 200, 1000), { rate: 10, eta_ms: 80_000 })
  t.same(pace(20_000, 300, 1100), { rate: 10, eta_ms: 160_000 }, 'the goal runs away half as fast')
  t.same(pace(300_000, 300, 1100), { rate: null, eta_ms: null }, 'nothing that old counts')
  t.same(pace(310_000, 290, 1100), { rate: 0, eta_ms: null }, 'a fall is no speed')
  t.same(pace(311_000, 1100, 1100).eta_ms, null, 'who has no goal arrives nowhere')
  t.end()
})

test('the size of a folder is what it takes on the disk, links not followed and not counted twice', async (t) => {
  const dir = t.testdir({
    data: { 'a.bin': 'x'.repeat(100_000), sub: { 'b.bin': 'y'.repeat(50_000) } },
    other: {},
  })
  const data = join(dir, 'data')
  const before = (await folderSize(data)) ?? 0
  t.ok(before >= 150_000 && before < 300_000, `${before} bytes`)

  writeFileSync(join(dir, 'other', 'big.bin'), Buffer.alloc(1_000_000))
  symlinkSync(join(dir, 'other'), join(data, 'link'))
  symlinkSync(data, join(data, 'loop'))
  linkSync(join(data, 'a.bin'), join(data, 'again.bin'))
  writeFileSync(join(data, 'sparse.bin'), '')
  truncateSync(join(data, 'sparse.bin'), 50_000_000)
  const after = (await folderSize(data)) ?? 0
  t.ok(after - before < 50_000, `${after - before} bytes more`)

  symlinkSync(data, join(dir, 'to-data'))
  t.ok(((await folderSize(join(dir, 'to-data'))) ?? 0) > 100_000, 'the folder itself may be given by a link')
  t.equal(await folderSize(join(dir, 'none')), null)
  t.equal(await folderSize(join(data, 'a.bin')), null)
})

test('files that vanish during the walk are no failure', async (t) => {
  const dir = t.testdir({})
  mkdirSync(join(dir, 'd'))
  for (let i = 0; i < 300; i++) writeFileSync(join(dir, 'd', `${i}`), 'x')
  const walk = folderSize(dir)
  const { rm } = await import('node:fs/promises')
  await rm(join(dir, 'd'), { recursive: true })
  t.type(await walk, 'number')
})

test('a gauge never waits: it tells the last size, and walks once at a time', async (t) => {
  let walks = 0
  let finish = (_bytes: number | null) => {}
  const gauge = createFolderGauge('x', () => {
    walks += 1
    return new Promise((resolve) => {
      finish = resolve
    })
  })
  t.equal(gauge(), null)
  t.equal(gauge(), null)
  t.equal(walks, 1)
  finish(10)
  await new Promise(setImmediate)
  t.equal(gauge(), 10)
  t.equal(walks, 2)
  finish(null)
  await new Promise(setImmediate)
  t.equal(gauge(), 10, 'a folder that is away for a moment keeps its size')
  t.equal(createFolderGauge(undefined)(), null)
})

test('what goes wrong with a server is told in a line', async (t) => {
  let answer = (): [status: number, body: string] => [200, '<html>']
  const server = createServer((_request, response) => {
    const [status, body] = answer()
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const failure = async (address = url) =>
    ask({ server: address }, ({ sessions }) => sessions.get('x')).catch((error: Failure) => error.message)

  t.equal(await failure(), `${url} is no SyncKairos server: <html>`)
  answer = () => [404, '{"error":{"code":"SESSION_NOT_FOUND","message":"Session x does not exist"}}']
  t.equal(await failure(`${url}/`), `${url}/ says 404: Session x does not exist`)
  answer = () => [502, 'Bad Gateway']
  t.equal(await failure(), `${url} says 502: The server answered 502`)
  server.close()
  server.closeAllConnections()
  const nobody = `http://127.0.0.1:${await freePort()}`
  t.equal(await failure(nobody), `cannot reach ${nobody}: ECONNREFUSED`)
  await t.rejects(
    ask({ server: url }, async () => {
      throw new TypeError('a mistake of ours')
    }),
    { name: 'TypeError' },
  )
})

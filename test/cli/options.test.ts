import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { build, call } from '../helpers/app.ts'
import { redisForTest } from '../helpers/backends.ts'
import { realForTest } from '../helpers/databases.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { listen } from '../helpers/realtime.ts'
import { completionOf, measured, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import { freePort } from '../helpers/servers.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { createRunServer } from '../sdk/run-server.ts'
import { syncingPair } from './fake-nodes.ts'
import { runCli, startCli } from './run-cli.ts'

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'synckairos-cli-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A server of this process, on a clock that a test moves, and the environment of a command that asks it. */
async function serving(t: Test) {
  const clock = createFakeClock()
  const app = await build(t, {}, { clock })
  return { app, clock, env: { SYNCKAIROS_SERVER: `http://${await listen(app)}` } }
}

/** A server in a process of its own, once it answers. */
async function startServer(t: Test, args: string[], env: Record<string, string>) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const cli = startCli(['server', '--listen', `127.0.0.1:${port}`, ...args], env)
  t.teardown(async () => {
    cli.child.kill('SIGKILL')
    await cli.ended
  })
  const ask = () => fetch(`${url}/ready`).catch(() => null)
  const answer = await until(ask, (response) => response?.status === 200)
  return { url, cli, ready: (await answer?.json()) as { checks: Record<string, unknown> } }
}

test('how much is logged: the default, unless the file says otherwise, the environment, an option', async (t) => {
  const dir = t.testdir({ 'quiet.env': 'LOG_LEVEL=silent\n' })
  const file = ['--config', join(dir, 'quiet.env')]
  const rows: [string, string[], string, boolean][] = [
    ['the default', [], '', true],
    ['the file', file, '', false],
    ['the environment', file, 'info', true],
    ['the option', [...file, '--log-level', 'fatal'], 'info', false],
  ]
  for (const [name, args, LOG_LEVEL, heard] of rows) {
    const env = { LOG_LEVEL, PERSISTENCE: 'off' }
    const { cli } = await startServer(t, ['--data-dir', folder(t), ...args], env)
    cli.child.kill('SIGTERM')
    t.equal(/listening at/.test((await cli.ended).stdout), heard, name)
  }
})

test('a server keeps its data where the options say', async (t) => {
  const redis = await redisForTest(t)
  const database = await realForTest(t)
  if (!redis || !database) return
  const args = ['--redis-url', redis.url, '--database-url', database.DATABASE_URL as string]
  const env = { REDIS_PREFIX: redis.prefix, DATABASE_SCHEMA: database.DATABASE_SCHEMA, PERSISTENCE: 'on' }
  const { url, ready } = await startServer(t, args, env)
  t.match(Object.keys(ready.checks).sort().join(), /database.*store/)
  const other = await build(t, { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix })
  const run = await startRun(other, Date.now())
  t.equal((await fetch(`${url}${run.url}`)).status, 200, 'what another one on this Redis was told')
})

test('sync reports the names, images and folders that it was given', async (t) => {
  const pair = await syncingPair(5)
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(() => Promise.all([pair.close(), close()]))
  const dir = t.testdir({ beacon: { 'chain.db': 'x'.repeat(20_000) } })
  const given = {
    'el-client': 'my-geth',
    'cl-client': 'my-teku',
    'el-image': 'geth:test',
    'cl-image': 'teku:test',
    'cl-datadir': join(dir, 'beacon'),
    server: url,
    'run-id': 's1',
    poll: '50ms',
  }
  const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])
  const { code, stderr } = await runCli(['sync', ...pair.args, ...options])
  t.equal(code, 0, stderr)
  t.match(server.run('s1').start, {
    el_client: { type: 'my-geth', image: 'geth:test' },
    cl_client: { type: 'my-teku', image: 'teku:test' },
  })
  const { metrics = {} } = server.run('s1').points.at(-1) ?? {}
  t.ok(Number(metrics.cons_disk_usage) >= 20_000, `${metrics.cons_disk_usage} bytes`)
  t.equal(metrics.exec_disk_usage, undefined)
})

test('runs list takes every filter, and goes through the pages', async (t) => {
  const { app, clock, env } = await serving(t)
  const settings = [
    {},
    { network: 'sepolia' },
    { labels: { team: 'perf' } },
    { cl_client: { type: 'prysm', image: '' } },
  ]
  const ids: string[] = []
  for (const more of settings) {
    clock.advance(1000)
    ids.push((await startRun(app, clock.now(), more)).id)
  }
  await call(app, 'POST', `${RUNS}/${ids[0]}/complete`, completionOf(clock.now() / 1000))
  const list = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(['runs', 'list', '--json', ...args], env)
    t.equal(code, 0, stderr)
    const found = JSON.parse(stdout) as { tests: { run_id: string }[]; next_cursor: string | null }
    return { ...found, places: found.tests.map(({ run_id }) => ids.indexOf(run_id)) }
  }
  t.same((await list('--active')).places, [3, 2, 1])
  t.same((await list('--network', 'sepolia')).places, [1])
  t.same((await list('--label', 'team=perf')).places, [2])
  t.same((await list('--client', 'prysm')).places, [3])
  t.same((await list('--active', '--network', 'hoodi')).places, [3, 2])
  const first = await list('--limit', '3')
  t.same(first.places, [3, 2, 1])
  t.same(await list('--limit', '3', '--cursor', `${first.next_cursor}`), {
    ...(await list('--status', 'finished')),
    active_count: 3,
    total_count: 4,
  })
  const { stdout } = await runCli(['runs', 'list', '--limit', '3'], env)
  t.match(stdout, /\n3 of 4 runs, 3 running; more with --cursor \S+\n$/)
  t.equal((await runCli(['runs', 'list', '--limit', 'many'], env)).code, 2)
})

test('runs compare takes an axis, a metric, a number of points and limits', async (t) => {
  const { app, clock, env } = await serving(t)
  const run = async (id: string, seconds: number, more: object = {}) => {
    const { url, at } = await startRun(app, clock.now() - 60 * 60_000, { run_id: id })
    for (const step of [0, 1, 2]) {
      const metrics = measured({ block: 50 * step, slot: 60 * step, exec_disk_usage: 10 * seconds, ...more })
      await call(app, 'POST', `${url}/progress`, progressOf(at + (step * seconds) / 2, metrics))
    }
    await call(app, 'POST', `${url}/complete`, completionOf(at + seconds))
  }
  const memory = { exec_memory_usage: 5, cons_memory_usage: 6 }
  await run('base', 100, memory)
  await run('slow', 150, memory)
  await run('half', 90)
  const compare = (...args: string[]) => runCli(['runs', 'compare', ...args], env)

  const curves = await compare(
    'base',
    'slow',
    '--axis',
    'slot',
    '--metric',
    'exec_disk_usage',
    '--points',
    '2',
    '--json',
  )
  t.match(JSON.parse(curves.stdout), {
    axis: 'slot',
    metric: 'exec_disk_usage',
    x: [0, 120],
    runs: [
      { run_id: 'base', y: [1000, 1000] },
      { run_id: 'slow', y: [1500, 1500] },
    ],
  })
  const table = await compare('base', 'slow', '--axis', 'block', '--points', '3')
  t.match(
    table.stdout,
    /\nelapsed by block\nblock +base +slow\n0 +0s +0s\n50 +50s +1m15s\n100 +1m40s +2m30s\n$/,
  )

  const tooSlow = await compare('slow', '--against', 'base', '--max-ratio', '1.4')
  t.match(tooSlow, { code: 1, stdout: /duration +2m30s +1m40s +1\.500 +1\.4 +fail\n[\s\S]*\nfail\n$/ })
  t.match(await compare('slow', '--against', 'base', '--max-ratio', '1.5'), { code: 0, stdout: /\npass\n$/ })
  t.match(await compare('half', '--against', 'base'), {
    code: 1,
    stdout: /memory +- +11 B +- +1\.1 +unknown\nunknown\n$/,
    stderr: /not reported alike by both: memory; --check/,
  })
  const some = ['--check', 'duration', 'disk']
  t.match(await compare('half', '--against', 'base', ...some), { code: 0, stdout: /\npass\n$/ })
  await startRun(app, clock.now(), { run_id: 'open' })
  t.match(await compare('half', '--against', 'open', ...some), { code: 1, stderr: /open has not succeeded/ })
  t.match(await compare('open', '--against', 'base', '--check', 'duration'), {
    code: 1,
    stdout: /\npending\n$/,
  })
  for (const wrong of [
    ['--max-ratio', '-1'],
    ['--check', 'speed'],
    ['--axis', 'odd'],
  ]) {
    t.equal((await compare('half', '--against', 'base', ...wrong)).code, 2, wrong.join(' '))
  }
})

test('sessions are listed and watched in JSON, too', async (t) => {
  const { app, env } = await serving(t)
  const { id, url } = await startSession(app)
  const { stdout } = await runCli(['sessions', 'list', '--json', '--limit', '5'], env)
  t.match(JSON.parse(stdout), { sessions: [{ session_id: id, status: 'running' }], next_cursor: null })
  const watch = startCli(['sessions', 'watch', id, '--json'], env)
  await watch.printed(/\n/)
  await call(app, 'POST', `${url}/switch`)
  await watch.printed(/"version":3/)
  await call(app, 'POST', `${url}/complete`)
  const { code, stdout: lines } = await watch.ended
  t.equal(code, 0)
  const versions = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).version)
  t.same(versions, [2, 3, 4])
})

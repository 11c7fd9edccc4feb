import { test } from 'tap'
import { createRunServer } from '../sdk/run-server.ts'
import { syncingPair } from './fake-nodes.ts'
import { runCli, startCli } from './run-cli.ts'

const quick = ['--poll', '50ms', '--network', 'hoodi']

test('a pair that comes into sync is watched, shown and reported, and ends with 0', async (t) => {
  const pair = await syncingPair(5)
  const server = createRunServer({ token: 'secret' })
  const { url, close } = await server.listen()
  t.teardown(() => Promise.all([pair.close(), close()]))
  const dir = t.testdir({ 'chain.db': 'x'.repeat(10_000) })
  const options = [
    '--server',
    url,
    '--server-auth',
    'secret',
    '--run-id',
    's1',
    '--label',
    'ci=7',
    '--el-datadir',
    dir,
  ]
  const { code, stdout, stderr } = await runCli(['sync', ...pair.args, ...quick, ...options])

  t.equal(code, 0, stderr)
  t.match(stdout, /EL block 99\d\/1000 99\.\d+%.*7 peers.* \| CL slot 199\d\/2000 99\.\d+%.*9 peers/)
  t.match(
    stdout,
    /EL block 1000 100%, synced, 7 peers, [\d.]+ KiB \| CL slot 2000 100%, synced, 9 peers\nsynced after \d+s, reported as s1\n$/,
  )
  t.equal(stderr, '')
  const run = server.run('s1')
  t.match(run.start, {
    network: 'hoodi',
    labels: { ci: '7' },
    el_client: { type: 'geth' },
    cl_client: { type: 'lighthouse' },
    run_timeout: 86_460,
    system_info: { hostname: String },
  })
  t.match(run.points.at(-1)?.metrics, {
    block: 1000,
    slot: 2000,
    exec_peers: 7,
    cons_peers: 9,
    exec_sync_percent: 100,
    cons_sync_percent: 100,
    exec_version: /^Geth/,
    cons_version: /^Lighthouse/,
  })
  t.match(run.completion, { success: true, final_block: 1000, final_slot: 2000 })
})

test('--json is one object a line, and the last tells the result', async (t) => {
  const pair = await syncingPair(2)
  t.teardown(pair.close)
  const { code, stdout } = await runCli(['sync', ...pair.args, ...quick, '--json'])
  t.equal(code, 0)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(lines[0], { type: 'progress', metrics: { block: 999 }, execution: { synced: false, away: null } })
  t.match(lines.at(-1), { type: 'result', outcome: 'synced', success: true, reported: null })
  t.equal(lines.length, pair.looks + 1)
})

test('a pair that is not in sync in time ends with 1, and says why', async (t) => {
  const pair = await syncingPair(1000)
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(() => Promise.all([pair.execution.close(), close()]))
  await pair.consensus.close()
  const args = ['sync', ...pair.args, ...quick, '--timeout', '1s', '--server', url, '--run-id', 's1']
  const { code, stdout } = await runCli(args)
  t.equal(code, 1)
  t.match(stdout, /CL away \(ECONNREFUSED\)/)
  t.match(stdout, /timeout after \ds/)
  t.match(server.run('s1').completion, {
    success: false,
    error: 'not in sync within 1 s; consensus client away: ECONNREFUSED',
  })
  t.match(server.run('s1').start, { el_client: { type: 'geth' }, cl_client: { type: 'unknown' } })
})

for (const [signal, exit] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends with ${exit}, and a run that nobody can resume is failed`, async (t) => {
    const pair = await syncingPair(10_000)
    const server = createRunServer()
    const { url, close } = await server.listen()
    t.teardown(() => Promise.all([pair.close(), close()]))
    const cli = startCli(['sync', ...pair.args, ...quick, '--server', url])
    await cli.printed(/\n.*\n/)
    cli.child.kill(signal)
    const { code, stdout } = await cli.ended
    t.equal(code, exit)
    t.match(stdout, /interrupted after/)
    t.match([...server.runs.values()], [{ completion: { success: false, error: 'interrupted' } }])
  })
}

test('a named run that was interrupted goes on: one start, its first instant, one completion', async (t) => {
  const pair = await syncingPair(30)
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(() => Promise.all([pair.close(), close()]))
  const args = ['sync', ...pair.args, ...quick, '--server', url, '--run-id', 's1']
  const first = startCli(args)
  await first.printed(/(.*\n){3}/)
  first.child.kill('SIGINT')
  t.equal((await first.ended).code, 130)
  t.equal(server.run('s1').completion, null)
  const { timestamp } = server.run('s1').start

  // A reporter that is killed has no time to say anything.
  const second = startCli(args)
  await second.printed(/\n/)
  second.child.kill('SIGKILL')
  await second.ended

  const third = await runCli(args)
  t.equal(third.code, 0)
  t.equal(server.sent('/start').length, 1)
  t.equal(server.run('s1').start.timestamp, timestamp)
  t.match(server.run('s1'), { completions: 1, completion: { success: true } })
  const fourth = await runCli(args)
  t.equal(fourth.code, 0, 'the pair is in sync, whatever the server says')
  t.match(fourth.stderr, /this run is over for the server \(run s1 has ended\); nothing more is reported/)
  t.equal(server.run('s1').completions, 1)
})

test('a run that the server gives up is watched to its end, with what the pair says as the exit code', async (t) => {
  const pair = await syncingPair(60)
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(() => Promise.all([pair.close(), close()]))
  const cli = startCli(['sync', ...pair.args, ...quick, '--server', url, '--run-id', 's1'])
  await cli.printed(/(.*\n){3}/)
  server.run('s1').completion = { run_id: 's1', timestamp: 1, success: false, error: 'run_timeout' }
  const { code, stdout, stderr } = await cli.ended
  t.equal(code, 0)
  t.match(stdout, /synced after \d+s, not all reported \(s1\)\n$/)
  t.equal(
    stderr,
    'synckairos: this run is over for the server (CONFLICT it is); nothing more is reported\n',
    'once',
  )
  t.match(server.run('s1'), { completions: 0, completion: { error: 'run_timeout' } })
})

test('a server that goes and comes back in the middle gets everything, once', async (t) => {
  const pair = await syncingPair(100)
  const server = createRunServer()
  const first = await server.listen()
  t.teardown(pair.close)
  const cli = startCli(['sync', ...pair.args, ...quick, '--server', first.url, '--run-id', 's1'])
  await cli.printed(/\n/)
  await first.close()
  await cli.printed(/the server is away \(\w+\); reports wait for it/, 'stderr')
  const second = await server.listen(first.port)
  t.teardown(second.close)
  const { code, stderr } = await cli.ended
  t.equal(code, 0)
  t.match(stderr, /the server is back/)
  t.equal(server.runs.size, 1)
  t.match(server.run('s1'), { completions: 1, completion: { success: true, final_block: 1000 } })
  t.match(server.run('s1').points.at(-1)?.metrics, { block: 1000 })
})

test('wrong usage ends with 2', async (t) => {
  const rows = [
    ['sync'],
    ['sync', '--el-rpc', 'x', '--cl-api', 'http://a'],
    ['sync', '--el-rpc', 'http://a', '--cl-api', 'http://a', '--poll', '10'],
    ['sync', '--el-rpc', 'http://a', '--cl-api', 'http://a', '--label', 'x'],
    ['sync', '--el-rpc', 'http://a', '--cl-api', 'http://a', '--run-id', 'a b'],
    ['sync', '--el-rpc', 'http://a', '--cl-api', 'http://a', 'more'],
    ['nonsense'],
    [],
  ]
  const ends = await Promise.all(rows.map((args) => runCli(args)))
  t.same(
    ends.map(({ code }) => code),
    rows.map(() => 2),
  )
  t.equal((await runCli(['sync', '--help'])).code, 0)
  t.match(await runCli(['--version']), { code: 0, stdout: '2.0.0\n' })
})

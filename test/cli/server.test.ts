import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { createReporter } from '../../sdk/reporter.ts'
import { freePort } from '../helpers/servers.ts'
import { syncingPair } from './fake-nodes.ts'
import { type Cli, runCli, startCli } from './run-cli.ts'

const TOKEN = 'a-token-of-enough-length'
const client = (type: string) => ({ type, image: '' })
const run = (run_id: string) => ({
  run_id,
  network: 'hoodi',
  el_client: client('geth'),
  cl_client: client('teku'),
})

/** A folder that outlives the servers that use it. */
function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'synckairos-cli-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function startServer(t: Test, port: number, dir: string, more: string[] = []): Promise<Cli> {
  const args = ['server', '--listen', `127.0.0.1:${port}`, '--data-dir', dir, '--auth-token', TOKEN, ...more]
  const server = startCli(args, { RATE_LIMIT_GENERAL: '0', PERSISTENCE: 'off' })
  t.teardown(async () => {
    server.child.kill('SIGKILL')
    await server.ended
  })
  await server.printed(/listening at/)
  return server
}

async function detail(url: string, run_id: string) {
  const response = await fetch(`${url}/api/v1/tests/${run_id}`)
  const body = (await response.json()) as { data: Record<string, unknown> & { progress_history: unknown[] } }
  return body.data
}

test('an option counts more than the environment, that more than the file, and that more than the default', async (t) => {
  const [flag, env, file] = await Promise.all([freePort(), freePort(), freePort()])
  const dir = t.testdir({ 'a.json': JSON.stringify({ PORT: file, LOG_LEVEL: 'warn', HOST: '127.0.0.1' }) })
  const config = ['--config', join(dir, 'a.json'), '--data-dir', join(dir, 'data')]
  const rows: [string[], Record<string, string>, number][] = [
    [[], { PORT: '' }, file],
    [[], { PORT: `${env}` }, env],
    [['--listen', `:${flag}`], { PORT: `${env}` }, flag],
  ]
  for (const [options, environment, port] of rows) {
    const server = startCli(['server', ...config, ...options], { ...environment, PERSISTENCE: 'off' })
    let health: Response | undefined
    while (!health && server.child.exitCode === null) {
      health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
      if (!health) await pause(50)
    }
    t.equal(health?.status, 200, `${port}`)
    server.child.kill('SIGTERM')
    const { code, stdout } = await server.ended
    t.equal(code, 0)
    t.notMatch(stdout, /listening at/, 'the level of the file holds')
  }
})

test('settings that are wrong end the server before it starts, told all at once', async (t) => {
  const dir = t.testdir({ 'odd.env': 'PROT=1\n' })
  const wrong = await runCli([
    'server',
    '--listen',
    '127.0.0.1:0',
    '--auth-token',
    'short',
    '--log-level',
    'loud',
  ])
  t.equal(wrong.code, 1)
  t.match(wrong.stderr, /AUTH_TOKENS/)
  t.match(wrong.stderr, /LOG_LEVEL/)
  const odd = await runCli(['server', '--config', join(dir, 'odd.env')])
  t.match(odd, { code: 2, stderr: /no such setting: PROT/ })
  t.equal((await runCli(['server', '--listen', '99999'])).code, 2)
})

test('a server killed with -9 in the middle of a sync: nothing lost, one run, one completion', async (t) => {
  const dir = folder(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const pair = await syncingPair(160)
  t.teardown(pair.close)
  const first = await startServer(t, port, dir)
  const auth = ['--server', url, '--server-auth', TOKEN, '--run-id', 's1']
  const cli = startCli(['sync', ...pair.args, '--poll', '50ms', '--network', 'hoodi', ...auth])
  await cli.printed(/(.*\n){30}/)
  const before = await detail(url, 's1')
  t.ok(before.progress_history.length > 0)
  first.child.kill('SIGKILL')
  await first.ended
  await cli.printed(/the server is away/, 'stderr')
  await startServer(t, port, dir)
  const { code, stdout, stderr } = await cli.ended
  t.equal(code, 0)
  t.match(stdout, /reported as s1\n$/)
  t.match(stderr, /the server is back/)

  const after = await detail(url, 's1')
  t.match(after, { status: 'finished', success: true, start_time: before.start_time, final_block: 1000 })
  t.same(after.progress_history.slice(0, before.progress_history.length), before.progress_history)
  t.match(after.progress_history.at(-1), { metrics: { block: 1000, cons_sync_percent: 100 } })
  const list = await runCli(['runs', 'list', '--server', url, '--json'])
  t.match(JSON.parse(list.stdout), { total_count: 1, active_count: 0 })
})

test('a reporter outlives its server, and a job is reported to a real one', async (t) => {
  const dir = folder(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const first = await startServer(t, port, dir)
  const away = Promise.withResolvers<void>()
  const reporter = createReporter({
    server: url,
    token: TOKEN,
    run: run('r1'),
    onConnection: (connected) => connected || away.resolve(),
  })
  reporter.start()
  reporter.progress({ block: 1, loss: 0.5 })
  first.child.kill('SIGTERM')
  await first.ended
  reporter.progress({ block: 2 })
  await away.promise
  await startServer(t, port, dir)
  reporter.complete({ success: true, final_block: 3, final_slot: 4 })
  t.same(await reporter.close({ timeout_ms: 20_000 }), { delivered: true, pending: 0 })
  const { progress_history, ...r1 } = await detail(url, 'r1')
  t.match(r1, { status: 'finished', final_block: 3, el_client: 'geth' })
  t.match(progress_history.at(-1), { metrics: { block: 2, loss: 0.5 } })

  const env = { SYNCKAIROS_SERVER: url, SYNCKAIROS_SERVER_AUTH: TOKEN }
  const script = 'console.log("block=7 exec_disk_usage=2048"); process.exit(3)'
  t.equal((await runCli(['report', '--run-id', 'r2', '--', process.execPath, '-e', script], env)).code, 3)
  t.match(await detail(url, 'r2'), { status: 'failed', error: 'exit code 3', final_block: 7 })

  t.test('runs list, show and compare tell of them', async (t) => {
    const list = await runCli(['runs', 'list'], env)
    t.match(
      list.stdout,
      /^RUN +NETWORK .*\nr2 +unknown +node +none +failed .*\nr1 +hoodi +geth +teku +finished .*\n2 of 2 runs, 0 running\n$/,
    )
    const filtered = await runCli(['runs', 'list', '--status', 'failed', '--json'], env)
    t.match(JSON.parse(filtered.stdout), { tests: [{ run_id: 'r2' }], total_count: 1 })
    const show = await runCli(['runs', 'show', 'r2'], env)
    t.match(show.stdout, /run_id +r2\nstatus +failed\nerror +exit code 3\n/)
    t.match(show.stdout, /exec_disk_usage +2\.00 KiB\n/)
    t.match(JSON.parse((await runCli(['runs', 'show', 'r2', '--json'], env)).stdout), {
      run_id: 'r2',
      progress_history: [{}],
    })
    const compare = await runCli(['runs', 'compare', 'r1', 'r2'], env)
    t.match(compare.stdout, /^RUN .*PEAK MEMORY\nr1 .*\nr2 .*\n\nblock by elapsed\nelapsed +r1 +r2\n/)
    const judged = await runCli(['runs', 'compare', 'r2', '--against', 'r1', '--json'], env)
    t.equal(judged.code, 1)
    t.match(JSON.parse(judged.stdout), { run_id: 'r2', against: 'r1', verdict: 'fail' })
    t.equal((await runCli(['runs', 'compare', 'r1'], env)).code, 2)
    t.equal((await runCli(['runs', 'watch', 'r1'], env)).code, 0, 'it has succeeded')
    t.equal((await runCli(['runs', 'watch', 'r2'], env)).code, 1, 'it has failed')
    const missing = await runCli(['runs', 'show', 'nope'], env)
    t.match(missing, { code: 1, stderr: /says 404: Run nope does not exist/ })
  })
})

test('watchers follow a run and a session to their ends, also through a restart of the server', async (t) => {
  const dir = folder(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { SYNCKAIROS_SERVER: url }
  const first = await startServer(t, port, dir)
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })

  const session_id = '11111111-1111-4111-8111-111111111111'
  const participant_id = '22222222-2222-4222-8222-222222222222'
  const participants = [{ participant_id, participant_index: 0, total_time_ms: 600_000 }]
  const created = await call('POST', '/v1/sessions', {
    session_id,
    sync_mode: 'per_participant',
    participants,
  })
  t.equal(created.status, 201)
  const reporter = createReporter({ server: url, token: TOKEN, run: run('r1') })
  reporter.start()
  reporter.progress({ block: 1 })

  const session = startCli(['sessions', 'watch', session_id], env)
  const runs = startCli(['runs', 'watch', 'r1', '--json'], env)
  const all = startCli(['runs', 'watch'], env)
  await session.printed(/version 1: pending\n/)
  await call('POST', `/v1/sessions/${session_id}/start`)
  await session.printed(/version 2: running, 2222.* has 10m00s\n/)
  while (!(await runsSeen(runs, reporter))) reporter.progress({ block: 2 })

  const list = await runCli(['sessions', 'list', '--status', 'running'], env)
  t.match(list.stdout, new RegExp(`${session_id} +per_participant +running +2 +1 `))
  const show = await runCli(['sessions', 'show', session_id], env)
  t.match(show.stdout, /status +running\n[\s\S]*PARTICIPANT[\s\S]*2222.* (9m5|10m)\d+s .*active/)
  t.match(JSON.parse((await runCli(['sessions', 'show', session_id, '--json'], env)).stdout), { session_id })

  first.child.kill('SIGTERM')
  await first.ended
  await Promise.all([session, runs, all].map((cli) => cli.printed(/connection lost/, 'stderr')))
  await startServer(t, port, dir)
  await Promise.all([session, runs, all].map((cli) => cli.printed(/connected again/, 'stderr')))
  await call('POST', `/v1/sessions/${session_id}/complete`)
  t.match(await session.ended, { code: 0, stdout: /version 3: completed\n$/ })

  reporter.complete({ success: true, final_block: 3, final_slot: 4 })
  t.match(await reporter.close({ timeout_ms: 20_000 }), { delivered: true })
  const watched = await runs.ended
  t.equal(watched.code, 0)
  const last = JSON.parse(watched.stdout.trim().split('\n').at(-1) ?? '')
  t.match(last, { type: 'test_complete', run_id: 'r1', data: { success: true } })
  await all.printed(/ r1 complete success=true/)
  all.child.kill('SIGINT')
  t.equal((await all.ended).code, 130)
  t.match(await runCli(['sessions', 'show', 'nope'], env), { code: 1, stderr: /404/ })
})

/** Whether the watcher has shown a progress of the run within a second. */
async function runsSeen(
  cli: Cli,
  reporter: { progress(metrics: { block: number }): void },
): Promise<boolean> {
  reporter.progress({ block: 2 })
  const seen = cli.printed(/"test_progress"/).then(() => true)
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false))
  return Promise.race([seen, late])
}

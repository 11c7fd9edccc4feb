import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { createRunServer } from '../sdk/run-server.ts'
import { runCli, startCli } from './run-cli.ts'

const node = process.execPath
const script = (text: string) => ['--', node, '-e', text]
const named = ['--run-id', 'job-1']

test('a job is reported from its start to its end, with its progress', async (t) => {
  const server = createRunServer({ token: 'secret' })
  const { url, close } = await server.listen()
  t.teardown(close)
  const text =
    'console.log("block=5 slot=6"); console.error(JSON.stringify({ exec_peers: 3, pct: 40 })); process.exit(7)'
  const env = { SYNCKAIROS_SERVER: url, SYNCKAIROS_SERVER_AUTH: 'secret' }
  const options = [
    ...named,
    '--network',
    'hoodi',
    '--label',
    'a=1',
    '--label',
    'b=2',
    '--map',
    'pct=exec_sync_percent',
  ]
  const { code, stdout, stderr } = await runCli(['report', ...options, ...script(text)], env)

  t.equal(code, 7)
  t.equal(stdout, 'block=5 slot=6\n')
  t.equal(stderr, '{"exec_peers":3,"pct":40}\n')
  const run = server.run('job-1')
  t.match(run.start, { network: 'hoodi', labels: { a: '1', b: '2' }, el_client: { type: 'node' } })
  t.notMatch(JSON.stringify(run.start), /console/, 'arguments may hold secrets')
  t.match(run.points.at(-1)?.metrics, { block: 5, slot: 6, exec_peers: 3, exec_sync_percent: 40 })
  t.match(run.completion, { success: false, error: 'exit code 7', final_block: 5, final_slot: 6 })
  t.equal(run.completions, 1)
})

test('the last line of a job counts without its end, too', async (t) => {
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(close)
  const text = 'process.stdout.write("block=5\\nblock=6"); process.stderr.write("slot=7")'
  t.match(await runCli(['report', '--server', url, ...named, ...script(text)]), { code: 0 })
  t.match(server.run('job-1').completion, { final_block: 6, final_slot: 7 })
  t.match(server.run('job-1').points.at(-1)?.metrics, { block: 6, slot: 7 })
})

test("the exit code is the job's own, as a shell would tell it", async (t) => {
  const rows: [string[], number][] = [
    [script('process.exit(0)'), 0],
    [script('process.exit(42)'), 42],
    [script('process.kill(process.pid, "SIGKILL")'), 137],
    [['--', '/nonexistent/program'], 127],
    [['--', '/etc/passwd'], 126],
  ]
  for (const [args, code] of rows) t.equal((await runCli(['report', ...args])).code, code, args.join(' '))
  t.equal((await runCli(['report'])).code, 2)
  t.equal((await runCli(['report', '--server', 'nonsense', '--', 'true'])).code, 2)
})

test('the output passes through byte by byte, both streams, also without a newline at its end', async (t) => {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
  const text = `const b = Buffer.alloc(300000); for (let i = 0; i < b.length; i++) b[i] = (i * 7 + (i >> 8)) & 255
    process.stdout.write(b); process.stderr.write(b.subarray(0, 1000))`
  const child = spawn(node, [main, 'report', ...script(text)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  await once(child, 'close')
  const expected = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255))
  t.ok(Buffer.concat(out).equals(expected))
  t.ok(Buffer.concat(err).equals(expected.subarray(0, 1000)))
})

test('a server that is missing neither fails the job nor touches its output', async (t) => {
  const { close, url } = await createRunServer().listen()
  await close()
  const began = performance.now()
  const { code, stdout, stderr } = await runCli([
    'report',
    '--server',
    url,
    ...script('console.log("block=1")'),
  ])
  t.equal(code, 0)
  t.equal(stdout, 'block=1\n')
  t.match(
    stderr,
    /^synckairos: the server is away \(ECONNREFUSED\).*\nsynckairos: not everything of run .* was reported\n$/,
  )
  t.ok(performance.now() - began < 15_000)
})

test('a server that refuses is told of once, at the end, unless --quiet', async (t) => {
  const server = createRunServer({ token: 'secret' })
  const { url, close } = await server.listen()
  t.teardown(close)
  const args = [
    '--server',
    url,
    '--server-auth',
    'wrong',
    ...script('for (let i = 0; i < 9; i++) console.log("block=" + i)'),
  ]
  const { code, stderr } = await runCli(['report', ...args])
  t.equal(code, 0)
  t.equal(stderr.match(/refuses/g)?.length, 1)
  t.equal((await runCli(['report', '--quiet', ...args])).stderr, '')
  t.equal(server.exchanges.length, 2)
})

test("a run that the server gave up during the job is told of at its end, and the exit code is the job's", async (t) => {
  const server = createRunServer()
  const { url, close } = await server.listen()
  t.teardown(close)
  const text = `console.log('block=1'); process.stdin.resume(); process.on('SIGTERM', () => { console.log('block=2'); process.exit(3) }); setInterval(() => {}, 1000)`
  const cli = startCli(['report', '--server', url, ...named, ...script(text)])
  await cli.printed(/block=1/)
  while (!server.runs.get('job-1')?.points.length) await turn()
  server.run('job-1').completion = { run_id: 'job-1', timestamp: 1, success: false }
  cli.child.kill('SIGTERM')
  t.match(await cli.ended, {
    code: 3,
    stderr: `synckairos: this run is over for the server (CONFLICT it is); nothing more is reported
synckairos: not everything of run job-1 was reported
`,
  })
  t.equal(server.run('job-1').completions, 0)
})

test('a server that comes back during the job gets all of it', async (t) => {
  const server = createRunServer()
  const first = await server.listen()
  const text = `console.log('block=1'); process.stdin.resume(); process.on('SIGTERM', () => { console.log('block=2'); process.exit(0) }); setInterval(() => {}, 1000)`
  const cli = startCli(['report', '--server', first.url, ...named, ...script(text)])
  await cli.printed(/block=1/)
  await first.close()
  const second = await server.listen(first.port)
  t.teardown(second.close)
  cli.child.kill('SIGTERM')
  t.match(await cli.ended, { code: 0, stdout: 'block=1\nblock=2\n', stderr: '' })
  t.equal(server.runs.size, 1)
  t.match(server.run('job-1'), { completions: 1, completion: { success: true, final_block: 2 } })
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} reaches the job, whose end by it is the end of the run`, async (t) => {
    const server = createRunServer()
    const { url, close } = await server.listen()
    t.teardown(close)
    const cli = startCli([
      'report',
      '--server',
      url,
      ...named,
      ...script('console.log("up"); setInterval(() => {}, 1000)'),
    ])
    await cli.printed(/up/)
    cli.child.kill(signal)
    t.equal((await cli.ended).code, code)
    t.match(server.run('job-1').completion, { success: false, error: `ended by ${signal}` })
  })
}

test('a grandchild that keeps the output open does not hold up the end', async (t) => {
  const cli = startCli(['report', '--', 'sh', '-c', 'sleep 60 & echo done; echo $!'])
  const { code, stdout } = await cli.ended
  t.equal(code, 0)
  const [, pid] = /^done\n(\d+)\n$/.exec(stdout) ?? []
  t.ok(pid)
  process.kill(Number(pid))
})

test('a reader that has gone ends a job that goes on writing', async (t) => {
  const cli = startCli(['report', '--', 'sh', '-c', 'while :; do echo line; done'])
  await cli.printed(/line/)
  cli.child.stdout?.destroy()
  t.equal((await cli.ended).code, 141)
})

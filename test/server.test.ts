import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

const SERVER = join(import.meta.dirname, '../server.ts')

/** Runs the server in a process of its own, on a free port and with nothing of this process's environment. */
function run(t: Test, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [SERVER], {
    env: {
      NODE_OPTIONS: process.env.NODE_OPTIONS,
      PORT: '0',
      PERSISTENCE: 'off',
      DATA_DIR: env.DATA_DIR ?? t.testdir(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let log = ''
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      log += chunk
      const [, address] = /"listening at (http:[^"]+)"/.exec(log) ?? []
      if (address) resolve(address)
    })
    child.once('exit', () => reject(new Error('ended before it listened')))
  })
  listening.catch(() => {})
  const ended = once(child, 'exit').then(([code]) => code as number)
  return { child, listening, ended, errors: text(child.stderr), log: () => log }
}

t.test('it says where it listens, answers, and ends with 0 when it is told to', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = run(t)
    const address = await server.listening
    t.match(await (await fetch(`${address}/health`)).json(), { status: 'ok', data: { status: 'healthy' } })
    t.equal((await fetch(`${address}/ready`)).status, 200)
    server.child.kill(signal)
    t.equal(await server.ended, 0, signal)
    t.match(server.log(), `"signal":"${signal}","msg":"shutting down"`)
  }
})

t.test('settings that make no sense are told all at once, and nothing starts', async (t) => {
  const server = run(t, { PORT: 'http', LOG_LEVEL: 'loud', AUTH_TOKENS: 'my-secret', REDIS_URL: 'localhost' })
  t.equal(await server.ended, 1)
  const lines = (await server.errors).trim().split('\n')
  t.equal(lines[0], 'The configuration is not valid:')
  t.strictSame(
    lines
      .slice(1)
      .map((line) => line.trim().split(' ')[0])
      .sort(),
    ['AUTH_TOKENS', 'LOG_LEVEL', 'PORT', 'REDIS_URL'],
  )
  t.ok(lines.includes('  PORT must be integer, for example PORT=3000'))
  t.notOk(lines.join().includes('my-secret'))
})

t.test('a port or a data folder that is taken is told in one line', async (t) => {
  const first = run(t)
  const { port } = new URL(await first.listening)
  const other = run(t, { PORT: port, DATA_DIR: join(t.testdirName, 'other') })
  t.equal(await other.ended, 1)
  t.equal(await other.errors, `Cannot start: port ${port} of 127.0.0.1 is in use; set PORT to another one\n`)
  const same = run(t, { DATA_DIR: t.testdirName })
  t.equal(await same.ended, 1)
  t.match(await same.errors, /^Cannot start: The data folder .* is in use by another server .*\n$/)
  t.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200, 'the first one goes on')
})

t.test(
  'on shutdown it is first not ready while it still serves, and a second signal ends it at once',
  async (t) => {
    const server = run(t, { SHUTDOWN_DELAY_MS: '10000' })
    const address = await server.listening
    server.child.kill('SIGTERM')
    server.child.kill('SIGTERM')
    let ready = 200
    while (ready === 200) ready = (await fetch(`${address}/ready`)).status
    t.equal(ready, 503)
    t.equal((await fetch(`${address}/v1/time`)).status, 200)
    t.equal(server.child.exitCode, null, 'one signal that was passed on by npm as well is one signal')
    const before = performance.now()
    const again = setInterval(() => server.child.kill('SIGTERM'), 50)
    t.teardown(() => clearInterval(again))
    t.equal(await server.ended, 1)
    t.ok(performance.now() - before < 5000)
  },
)

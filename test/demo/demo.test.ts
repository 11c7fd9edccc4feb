import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { findPort } from '../../demo/lib/host.ts'
import type { Run, Session } from '../../sdk/index.ts'
import { createClient } from '../../sdk/index.ts'
import { until } from '../helpers/until.ts'

const MAIN = join(import.meta.dirname, '../../demo/main.ts')

/** The demo as a process of its own, with a folder of its own for temporary files. */
function start(t: Test, args: string[]) {
  const folder = join(t.testdir(), 'tmp')
  mkdirSync(folder)
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const left = () => readdirSync(folder).filter((name) => name.startsWith('synckairos-demo-'))
  return { child, ended, left, errors: text(child.stderr), printed: () => output }
}

t.test('it plays by itself, shows all there is, and leaves nothing behind', async (t) => {
  const demo = start(t, ['--port', '0', '--speed', '50'])
  await until(demo.printed, (text) => text.includes('Ctrl-C'), 60_000)
  const url = /http:\/\/[^/]+/.exec(demo.printed())?.[0]
  const client = createClient({ url })
  t.teardown(() => client.close())
  t.equal(demo.left().length, 1, 'its folder')

  const { sessions } = await client.sessions.list({ limit: 100 })
  const kinds = new Set(sessions.map(({ metadata }) => metadata?.kind))
  t.same([...kinds].sort(), ['auction', 'chess', 'debate', 'exam', 'stopwatch', 'talk'])
  t.equal(new Set(sessions.map(({ sync_mode }) => sync_mode)).size, 5, 'every mode')
  for (const { metadata, participants } of sessions) {
    t.type(metadata?.title, 'string')
    const known = metadata?.participants as Record<string, { name: string; color: string }>
    for (const { participant_id } of participants) {
      t.match(known[participant_id], { name: /./, color: /^#[0-9a-f]{6}$/ })
    }
  }
  const { tests } = await client.runs.list()
  const statuses = new Set(tests.map(({ status }) => status))
  t.ok(['running', 'finished', 'failed'].every((status) => statuses.has(status as Run['status'])))
  t.equal(tests.filter(({ labels }) => labels.baseline === 'true').length, 3)
  const running = tests.find(({ status }) => status === 'running')?.run_id ?? ''
  const { progress_history } = await client.runs.get(running)
  t.ok(progress_history.length > 100, 'curves have a beginning')

  const moved = (before: { version: number }[], now: { version: number }[]) =>
    now.filter(({ version }, i) => version !== before[i]?.version).length
  const again = (each: Session) => client.sessions.get(each.session_id)
  await until(
    () => Promise.all(sessions.map(again)),
    (now) => moved(sessions, now) >= 3,
  )
  await until(
    async () => (await client.runs.list()).tests.filter(({ run_id }) => run_id === running),
    ([run]) => (run?.version ?? 0) > (tests.find(({ run_id }) => run_id === running)?.version ?? 0),
  )
  const chess = sessions.find(({ metadata }) => metadata?.kind === 'chess')?.session_id ?? ''
  const { events } = await until(
    () => client.sessions.history(chess),
    ({ events }) => events.length > 0,
    // Its database is made first.
    60_000,
  )
  t.match(events[0], { type: 'session.created', version: 1 }, 'its history is kept')

  const stopwatch = sessions.find(({ metadata }) => metadata?.kind === 'stopwatch')?.session_id ?? ''
  // At this speed it may have ended meanwhile.
  await client.sessions.pause(stopwatch).catch(({ code }) => t.equal(code, 'INVALID_STATE_TRANSITION'))
  await client.sessions.delete(stopwatch)
  await until(
    async () => (await client.sessions.list({ status: 'running' })).sessions,
    (now) =>
      now.some(({ metadata, session_id }) => metadata?.kind === 'stopwatch' && session_id !== stopwatch),
  )
  t.match(demo.printed(), /nothing is kept\.\n$/, 'what visitors do to it is no error')

  const told = performance.now()
  demo.child.kill('SIGINT')
  demo.child.kill('SIGINT')
  t.equal(await demo.ended, 0, 'one signal that npm passed on is one signal')
  t.ok(performance.now() - told < 5000, 'it does not wait for what goes on')
  t.same(demo.left(), [])
  t.equal(await demo.errors, '')
})

t.test('a port that is taken is passed over, unless it was asked for', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  t.ok((await findPort(port, '127.0.0.1')) > port)
  const demo = start(t, ['--port', `${port}`])
  t.equal(await demo.ended, 1)
  t.equal(await demo.errors, `Cannot start: port ${port} is in use\n`)
  t.same(demo.left(), [])
  const wrong = start(t, ['--speed', '0'])
  t.equal(await wrong.ended, 1)
  t.match(await wrong.errors, /--speed.*must be a whole number from 1 to 1000/)
})

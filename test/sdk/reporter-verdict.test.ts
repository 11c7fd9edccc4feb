import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build, call } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { createRunServer } from './run-server.ts'
import { calm, done, run, START, setUp } from './set-up.ts'

const WHY = 'Not complete within its run_timeout of 60 s'

/** fetch() into an app; `answered` resolves when no call is under way. */
function fetchOf(app: FastifyInstance) {
  let open = 0
  const fetch: typeof globalThis.fetch = async (url, { method, body } = {}) => {
    open++
    const { pathname } = new URL(String(url))
    const answer = await call(app, method as 'GET', pathname, body ? JSON.parse(String(body)) : undefined)
    open--
    return new Response(JSON.stringify(answer.body), { status: answer.status })
  }
  const answered = async () => {
    do await calm()
    while (open > 0)
  }
  return { fetch, answered }
}

test('a run that the server ended at its run_timeout stays failed, and its reporter is told so once', async (t) => {
  const clock = createFakeClock(START)
  const app = await build(t, {}, { clock })
  const { fetch, answered } = fetchOf(app)
  const more = { clock, fetch, run: { ...run, run_timeout: 60 } }
  const { reporter, errors } = setUp(createRunServer(), more)
  reporter.start()
  for (let i = 1; i <= 20; i++) {
    reporter.progress({ block: i })
    await answered()
    clock.advance(5000)
  }
  reporter.complete(done)
  t.equal(reporter.active, false)
  t.same(await reporter.close(), { delivered: false, pending: 1 })
  const message = `A run that is over takes no progress: ${WHY}`
  t.same(errors, [{ operation: 'progress', status: 409, code: 'RUN_ENDED', message }])
  const { body } = await call(app, 'GET', '/v1/runs/r1')
  t.match(body.data, { status: 'failed', success: false, error: WHY, current_metrics: { block: 12 } })

  const again = setUp(createRunServer(), { ...more, resume: true })
  again.reporter.start()
  await answered()
  t.match(again.errors, [{ operation: 'resume', code: 'RUN_ENDED', message: `run r1 has ended: ${WHY}` }])
})

test('what comes after the server has cut the reporting off is not called delivered', async (t) => {
  const server = createRunServer()
  const { reporter, errors, pass } = setUp(server, { keepalive_ms: 10_000 })
  reporter.start()
  reporter.progress({ block: 1 })
  await pass(2)
  server.run('r1').completion = { run_id: 'r1', timestamp: 1, success: false }
  await pass(10)
  t.match(errors, [{ operation: 'keepalive', status: 409, code: 'RUN_ENDED' }])
  reporter.progress({ block: 2 })
  reporter.complete(done)
  await pass(10)
  t.equal(errors.length, 1)
  t.same(await reporter.close(), { delivered: false, pending: 0 })
})

import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import type { RunDetail } from '../../schemas/run.ts'
import { call } from '../helpers/app.ts'
import { completionOf, measured, newRun, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'
import { eventually } from './runs.ts'

const SYNCOOR = '/api/v1/tests'
const MINUTE = 60_000

/** What becomes of a run in time, and who may report and read. */
export function runLifetimeSuite(t: Test, deploy: Deploy): void {
  t.test('a history is bounded and loses neither its beginning nor a spike', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    for (let i = 0; i < 1100; i++) {
      const metrics = measured({ block: i, exec_peers: i === 333 ? 999 : 20 + (i % 5) })
      await call(i % 2 ? a : b, 'POST', `${url}/progress`, progressOf(at + i, metrics))
    }
    const run: RunDetail = (await call(b, 'GET', url)).body.data
    const blocks = run.progress_history.map(({ metrics }) => metrics.block)
    t.ok(blocks.length <= 1000, `${blocks.length} points`)
    t.strictSame([blocks[0], blocks.at(-1)], [0, 1099])
    t.ok(blocks.includes(333))
    t.strictSame(
      blocks,
      [...new Set(blocks)].sort((x = 0, y = 0) => x - y),
    )
    for (const i of [0, 333]) {
      const metrics = measured({ block: i, exec_peers: i === 333 ? 999 : 20 + (i % 5) })
      t.equal((await call(b, 'POST', `${url}/progress`, progressOf(at + i, metrics))).status, 200)
    }
    t.equal((await call(a, 'GET', url)).body.data.version, run.version, 'what is repeated late is taken once')
    await call(a, 'POST', `${url}/complete`, completionOf(at + 1100))
    t.strictSame(
      (await call(a, 'GET', url)).body.data.progress_history,
      run.progress_history,
      'nor at its end',
    )
  })

  t.test('a silent run goes stale, and revives when its reporter is back', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, body, at } = await startRun(a, clock.now())
    clock.advance(9 * MINUTE)
    await call(b, 'POST', `${RUNS}/keepalive`, { ...body, timestamp: at + 540 })
    clock.advance(9 * MINUTE)
    t.match((await call(a, 'GET', url)).body.data, {
      status: 'running',
      start_time: new Date(at * 1000).toISOString(),
    })
    clock.advance(MINUTE)
    const stale = await eventually(a, url, ({ status }) => status === 'stale')
    t.match(stale, { is_running: false, is_complete: false, error: /10 minutes/ })
    clock.advance(20 * MINUTE)
    t.equal((await call(b, 'POST', `${url}/progress`, progressOf(at + 1))).status, 200)
    t.match((await call(a, 'GET', url)).body.data, { status: 'running', is_running: true, error: null })
  })

  t.test('run_timeout ends a run as failed', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now(), { run_timeout: 300 })
    clock.advance(5 * MINUTE)
    const failed = await eventually(b, url, ({ status }) => status === 'failed')
    t.match(failed, {
      is_complete: true,
      success: false,
      error: /300 s/,
      end_time: new Date((at + 300) * 1000).toISOString(),
    })
    t.equal((await call(a, 'POST', `${url}/progress`, progressOf(at + 1))).status, 409)
  })

  t.test('the oldest finished runs go when there are too many, a running one never does', async (t) => {
    const { a, b, clock } = await deploy(t, { RUN_MAX_FINISHED: 2 })
    const running = await startRun(a, clock.now())
    const ended = []
    for (let i = 0; i < 4; i++) {
      clock.advance(1000)
      const run = await startRun(a, clock.now())
      await call(a, 'POST', `${run.url}/complete`, completionOf(run.at, { success: i % 2 === 0 }))
      ended.push(run)
    }
    clock.advance(30_000)
    const count = async () => (await call(b, 'GET', RUNS)).body.data.total_count
    for (let i = 0; i < 5000 && (await count()) > 3; i++) await setImmediate()
    const statuses = await Promise.all(
      [running, ...ended].map(async ({ url }) => (await call(a, 'GET', url)).status),
    )
    t.strictSame(statuses, [200, 404, 404, 200, 200])
    t.equal((await call(b, 'POST', `${RUNS}/start`, ended[0]?.body)).status, 201, 'its id is free again')
    t.match((await call(b, 'GET', ended[0]?.url as string)).body.data, { version: 4 }, 'above what it had')
  })

  t.test('a long run that ended last stays, however many have begun after it', async (t) => {
    const { a, b, clock } = await deploy(t, { RUN_MAX_FINISHED: 2 })
    const long = await startRun(a, clock.now())
    const silent = await startRun(a, clock.now(), { run_timeout: 100 })
    const others = []
    for (let i = 0; i < 3; i++) {
      clock.advance(1000)
      const run = await startRun(a, clock.now())
      await call(a, 'POST', `${run.url}/complete`, completionOf(run.at))
      others.push(run)
    }
    clock.advance(100_000)
    await eventually(b, silent.url, ({ status }) => status === 'failed')
    await call(b, 'POST', `${long.url}/complete`, completionOf(long.at + 1))
    clock.advance(30_000)
    const count = async () => (await call(b, 'GET', RUNS)).body.data.total_count
    for (let i = 0; i < 5000 && (await count()) > 2; i++) await setImmediate()
    const statuses = await Promise.all(
      [long, silent, ...others].map(async ({ url }) => (await call(a, 'GET', url)).status),
    )
    t.strictSame(statuses, [200, 200, 404, 404, 404])
  })

  t.test('reports need a token, reading does not unless it is asked for', async (t) => {
    const token = 'kM3vQ8xR2tY7wB5nZ1pL'
    const { a, clock } = await deploy(t, { AUTH_TOKENS: token })
    const body = newRun(clock.now())
    const start = (headers = {}) => call(a, 'POST', `${SYNCOOR}/start`, body, headers)
    t.match(await start(), { status: 401, headers: { 'www-authenticate': /Bearer/ } })
    t.equal((await start({ authorization: 'Bearer wrong' })).status, 401)
    const bearer = { authorization: `Bearer ${token}` }
    t.equal((await start(bearer)).status, 201)
    for (const path of ['keepalive', `${body.run_id}/progress`, `${body.run_id}/complete`]) {
      t.equal((await call(a, 'POST', `${SYNCOOR}/${path}`, {})).status, 401, path)
    }
    t.equal((await call(a, 'GET', SYNCOOR)).status, 200)
    const { a: closed } = await deploy(t, { AUTH_TOKENS: token, AUTH_READS: 1 })
    const sessions = [
      '/v1/sessions',
      '/v1/sessions/x',
      '/v1/sessions/x/events',
      '/v1/sessions/x/history',
      '/ws',
    ]
    for (const path of [
      ...sessions,
      RUNS,
      `${RUNS}/x`,
      `${RUNS}/compare`,
      `${RUNS}/x/export`,
      '/api/v1/events',
    ]) {
      t.equal((await call(closed, 'GET', path)).status, 401, path)
    }
    t.equal((await call(closed, 'GET', RUNS, undefined, bearer)).status, 200)
    t.equal((await call(closed, 'GET', '/health')).status, 200)
  })

  t.test('who reports with a wrong token is limited, who has the right one is not', async (t) => {
    const token = 'kM3vQ8xR2tY7wB5nZ1pL'
    const { a, b, clock } = await deploy(t, { AUTH_TOKENS: token, RATE_LIMIT_GENERAL: 5 })
    const bearer = { authorization: `Bearer ${token}` }
    const body = newRun(clock.now())
    const start = (app = a, headers = bearer) => call(app, 'POST', `${SYNCOOR}/start`, body, headers)
    t.equal((await start()).status, 201)
    for (let i = 0; i < 20; i++) t.equal((await start(i % 2 ? a : b)).status, 200)
    const wrong = { authorization: 'Bearer wrong' }
    for (let i = 0; i < 5; i++) t.equal((await start(i % 2 ? a : b, wrong)).status, 401)
    t.match(await start(b, wrong), { status: 429, headers: { 'retry-after': /^\d+$/ } })
    t.equal((await call(a, 'GET', SYNCOOR)).status, 429, 'it is one limit')
    t.equal((await start(b)).status, 200)
  })
}

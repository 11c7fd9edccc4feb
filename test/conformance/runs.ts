import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { RunDetail } from '../../schemas/run.ts'
import { call } from '../helpers/app.ts'
import { completionOf, measured, newRun, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'
import { runEndingsSuite } from './runs-endings.ts'
import { runFeedSuite } from './runs-feed.ts'
import { runLifetimeSuite } from './runs-lifetime.ts'
import { runReadingSuite } from './runs-reading.ts'
import { syncoorSuite } from './runs-syncoor.ts'

/** Reads the run until `holds`: the fake clock decides what happens, real I/O when it is done. */
export async function eventually(app: FastifyInstance, url: string, holds: (run: RunDetail) => boolean) {
  for (let i = 0; i < 5000; i++) {
    const { status, body } = await call(app, 'GET', url)
    if (status === 200 && holds(body.data)) return body.data as RunDetail
    await setImmediate()
  }
  throw new Error(`it never came to be: ${JSON.stringify((await call(app, 'GET', url)).body)}`)
}

/** What reporters may rely on, whichever instance takes a report. */
export function runsSuite(t: Test, deploy: Deploy): void {
  t.test('a start takes effect once, and another one for its id is refused', async (t) => {
    const { a, b, clock } = await deploy(t)
    const body = newRun(clock.now())
    const start = (app: FastifyInstance, payload: object = body) =>
      call(app, 'POST', `${RUNS}/start`, payload)
    t.match(await start(a), { status: 201, body: { data: { status: 'created' } } })
    t.equal((await start(b)).status, 200)
    t.match(await start(b, { ...body, network: 'sepolia' }), {
      status: 409,
      body: { error: { code: 'CONFLICT' } },
    })
    const url = `${RUNS}/${body.run_id}`
    t.equal((await call(a, 'GET', url)).body.data.version, 1)
    await call(a, 'POST', `${url}/complete`, completionOf(body.timestamp))
    t.equal((await start(b)).status, 409, 'after its end too')
  })

  t.test('an unknown run is not found', async (t) => {
    const { a, clock } = await deploy(t)
    const at = clock.now() / 1000
    for (const [method, path, body] of [
      ['POST', '/progress', progressOf(at)],
      ['POST', '/complete', completionOf(at)],
      ['GET', '', undefined],
      ['GET', '/baseline?against=x', undefined],
      ['GET', '/export', undefined],
    ] as const) {
      const answer = await call(a, method, `${RUNS}/unknown${path}`, body)
      t.match(answer, { status: 404, body: { error: { code: 'RUN_NOT_FOUND' } } }, path)
    }
    t.equal((await call(a, 'GET', `${RUNS}/${encodeURIComponent('no id')}`)).status, 404)
  })

  t.test('after its end a run takes no progress, and its history is as it was', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, body, at } = await startRun(a, clock.now())
    await call(a, 'POST', `${url}/progress`, progressOf(at))
    await call(a, 'POST', `${url}/complete`, completionOf(at))
    const before = (await call(a, 'GET', url)).body
    t.match(await call(b, 'POST', `${url}/progress`, progressOf(at + 1)), { status: 409 })
    t.match(await call(b, 'POST', `${RUNS}/keepalive`, body), { status: 409 })
    t.strictSame((await call(b, 'GET', url)).body, before)
  })

  t.test('complete again alike changes nothing, unlike is refused', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    const complete = (app: FastifyInstance, more = {}, when = at) =>
      call(
        app,
        'POST',
        `${url}/complete`,
        completionOf(when, { success: false, error: 'disk full', ...more }),
      )
    t.equal((await complete(a)).status, 200)
    const before = (await call(a, 'GET', url)).body
    t.match(before.data, { status: 'failed', is_complete: true, error: 'disk full', success: false })
    clock.advance(5000)
    t.equal((await complete(b)).status, 200)
    t.equal((await complete(b, {}, at + 5)).status, 200, 'a reporter that tells it again later')
    t.strictSame((await call(b, 'GET', url)).body, before, 'end_time unchanged')
    for (const other of [{ success: true }, { error: 'other' }, { final_block: 1 }, { final_slot: 1 }]) {
      t.equal((await complete(b, other)).status, 409, JSON.stringify(other))
    }
  })

  t.test('progress is ordered by the reporter, kept once, and the newest is current', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    clock.advance(10_000)
    const seconds = [3, 1, 5, 1, 2, 5, 4, 3, 1.5]
    for (const [i, second] of seconds.entries()) {
      const report = progressOf(at + second, measured({ block: 10 * second }))
      t.equal((await call(i % 2 ? a : b, 'POST', `${url}/progress`, report)).status, 200)
    }
    const run: RunDetail = (await call(a, 'GET', url)).body.data
    t.strictSame(
      run.progress_history.map(({ metrics }) => metrics.block),
      [10, 15, 20, 30, 40, 50],
    )
    t.match(run.current_metrics, { block: 50 })
    const [first] = run.progress_history
    t.equal(first?.timestamp, new Date((at + 1) * 1000).toISOString())
    t.equal(first?.received_at, new Date(clock.now()).toISOString(), 'and when it came')
  })

  t.test('reports that race on two instances are all kept', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    const reports = Array.from({ length: 150 }, (_, i) =>
      call(i % 2 ? a : b, 'POST', `${url}/progress`, progressOf(at + i, measured({ block: i }))),
    )
    for (const { status } of await Promise.all(reports)) if (status !== 200) t.fail(`answered ${status}`)
    const run: RunDetail = (await call(b, 'GET', url)).body.data
    t.strictSame(
      run.progress_history.map(({ metrics }) => metrics.block),
      Array.from({ length: 150 }, (_, i) => i),
    )
  })

  t.test('timestamps in ms, or an hour ahead, are refused; numbers and ids that are none, too', async (t) => {
    const { a, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    const big = 2 ** 53
    const rows: [string, object | string][] = [
      ['/progress', progressOf(clock.now())],
      ['/progress', progressOf(at + 3600)],
      ['/progress', progressOf(-1)],
      ['/progress', progressOf(at, measured({ block: big }))],
      ['/progress', progressOf(at, measured({ slot: -1 }))],
      ['/progress', progressOf(at, measured({ exec_peers: 1.5 }))],
      ['/progress', progressOf(at, measured({ exec_disk_usage: '5' }))],
      ['/progress', progressOf(at, measured({ cons_sync_percent: -0.1 }))],
      ['/progress', progressOf(at, measured({ exec_version: 'a\u0000b' }))],
      ['/progress', `{"timestamp":${at},"metrics":{"exec_sync_percent":NaN}}`],
      ['/progress', `{"timestamp":${at},"metrics":{"exec_sync_percent":1e999}}`],
      ['/progress', `{"timestamp":${at},"metrics":{"block":9007199254740993}}`],
      ['/progress', { timestamp: at }],
      ['/complete', completionOf(at, { final_block: big })],
      ['/complete', completionOf(at, { final_slot: -1 })],
      ['/complete', completionOf(at + 7200)],
      ['/complete', { timestamp: at, final_block: 1, final_slot: 1 }],
    ]
    const json = { 'content-type': 'application/json' }
    for (const [path, body] of rows) {
      const answer = await call(a, 'POST', `${url}${path}`, body, json)
      t.match(answer, { status: 400, body: { error: { code: 'VALIDATION_ERROR' } } }, JSON.stringify(body))
    }
    t.match(
      (await call(a, 'GET', url)).body.data,
      { version: 1, progress_history: [] },
      'nothing has changed',
    )
    const run = newRun(clock.now())
    for (const more of [
      { run_id: '' },
      { run_id: 'a b' },
      { run_id: 'ä' },
      { run_id: 'x'.repeat(129) },
      { run_id: 'compare' },
      { timestamp: clock.now() },
      { labels: { a: 1 } },
      { labels: { a: '\ud800' } },
      { network: undefined },
      { el_client: 'geth' },
      { system_info: { x: 'y'.repeat(40_000) } },
    ]) {
      t.equal(
        (await call(a, 'POST', `${RUNS}/start`, { ...run, ...more })).status,
        400,
        JSON.stringify(more).slice(0, 80),
      )
    }
    const longest = { ...run, run_id: `A._:-9${'x'.repeat(122)}` }
    t.equal((await call(a, 'POST', `${RUNS}/start`, longest)).status, 201)
  })

  syncoorSuite(t, deploy)
  runLifetimeSuite(t, deploy)
  runEndingsSuite(t, deploy)
  runReadingSuite(t, deploy)
  runFeedSuite(t, deploy)
}

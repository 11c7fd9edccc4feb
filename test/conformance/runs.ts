import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { RunDetail } from '../../schemas/run.ts'
import { call } from '../helpers/app.ts'
import { completionOf, measured, newRun, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'
import { runFeedSuite } from './runs-feed.ts'
import { runReadingSuite } from './runs-reading.ts'

const SYNCOOR = '/api/v1/tests'
const MINUTE = 60_000

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
  t.test('what syncoor sends is taken, and what its page reads is there', async (t) => {
    const { a, b, clock } = await deploy(t)
    const now = clock.now()
    const at = Math.floor(now / 1000)
    const { run_id, ...rest } = newRun(now)
    const body = {
      run_id,
      ...rest,
      labels: { 'github.run_id': '17' },
      el_client: { type: 'geth', image: 'geth:1', cmd: ['geth', '--x'], env_vars: { A: '1' } },
      cl_client: { type: 'lighthouse', image: 'lighthouse:1', cmd: null, env_vars: null },
      system_info: { hostname: 'h', total_memory: 64 * 2 ** 30 },
      run_timeout: 7200,
      of_a_newer_reporter: true,
    }
    const alive = await call(a, 'POST', `${SYNCOOR}/keepalive`, body)
    t.match(alive, { status: 200, body: { data: { status: 'acknowledged' } } })
    clock.advance(5000)
    const progress = progressOf(at + 4, measured({ exec_eth_protocol_version: 70, oddity: 'x' }))
    const updated = await call(b, 'POST', `${SYNCOOR}/${run_id}/progress`, progress)
    t.match(updated, { status: 200, body: { data: { status: 'updated' } } })

    const list = (await call(a, 'GET', `${SYNCOOR}?active=true`)).body.data
    t.match(list, { total_count: 1, active_count: 1 })
    const summary = {
      run_id,
      network: 'hoodi',
      labels: { 'github.run_id': '17' },
      start_time: new Date(at * 1000).toISOString(),
      last_update: new Date(now + 5000).toISOString(),
      is_running: true,
      is_complete: false,
      el_client: 'geth',
      cl_client: 'lighthouse',
      el_client_config: body.el_client,
      system_info: body.system_info,
      run_timeout: 7200,
      error: null,
      end_time: null,
    }
    t.match(list.tests, [summary])
    t.strictSame(list.tests[0].current_metrics, measured({ exec_eth_protocol_version: 70 }))

    const completed = await call(a, 'POST', `${SYNCOOR}/${run_id}/complete`, completionOf(at + 5))
    t.match(completed, { status: 200, body: { data: { status: 'completed' } } })
    t.match((await call(b, 'GET', `${SYNCOOR}/${run_id}`)).body.data, {
      ...summary,
      is_running: false,
      is_complete: true,
      success: true,
      final_block: 500,
      final_slot: 600,
      end_time: new Date((at + 5) * 1000).toISOString(),
      enclave_name: 'e',
      progress_history: [
        {
          timestamp: new Date((at + 4) * 1000).toISOString(),
          metrics: { block: 100, exec_version: 'Geth/v1' },
        },
      ],
    })
    t.match(await call(b, 'GET', `${RUNS}/${run_id}`), { status: 200 }, 'the other paths are the same')
    t.match((await call(b, 'GET', `${SYNCOOR}?active=true`)).body.data, { tests: [], active_count: 0 })
  })

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

  t.test('a history is bounded and loses neither its beginning nor a spike', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now())
    for (let i = 0; i < 1100; i++) {
      const metrics = measured({ block: i, exec_peers: i === 333 ? 999 : 20 + (i % 5) })
      await call(i % 2 ? a : b, 'POST', `${url}/progress`, progressOf(at + i, metrics))
    }
    const run: RunDetail = (await call(b, 'GET', url)).body.data
    const blocks = run.progress_history.map(({ metrics }) => metrics.block)
    t.ok(blocks.length <= 1032, `${blocks.length} points`)
    t.strictSame([blocks[0], blocks.at(-1)], [0, 1099])
    t.ok(blocks.includes(333))
    t.strictSame(
      blocks,
      [...new Set(blocks)].sort((x = 0, y = 0) => x - y),
    )
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
    for (const path of [RUNS, `${RUNS}/x`, `${RUNS}/compare`, `${RUNS}/x/export`, '/api/v1/events']) {
      t.equal((await call(closed, 'GET', path)).status, 401, path)
    }
    t.equal((await call(closed, 'GET', RUNS, undefined, bearer)).status, 200)
    t.equal((await call(closed, 'GET', '/health')).status, 200)
  })

  runReadingSuite(t, deploy)
  runFeedSuite(t, deploy)
}

import type { Test } from 'tap'
import { call } from '../helpers/app.ts'
import { completionOf, measured, newRun, openFeed, progressOf, RUNS } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'
import { eventually } from './runs.ts'

const SYNCOOR = '/api/v1/tests'

/** As Go's encoding/json writes it: what is empty and optional left out, numbers without fractions where there are none. */
const JSON_TYPE = { 'content-type': 'application/json', 'user-agent': 'Go-http-client/1.1' }
/** syncoor's page says so of its reads, too, which have no body. */
const PAGE = { accept: 'application/json', 'content-type': 'application/json' }

const SYSTEM_INFO =
  '{"hostname":"runner-1","go_version":"go1.24.5","syncoor_version":"v0.0.9","os_name":"Ubuntu","os_vendor":"","os_version":"24.04","os_release":"","os_architecture":"amd64","kernel_version":"6.8.0","kernel_release":"","cpu_vendor":"GenuineIntel","cpu_model":"Xeon","cpu_speed":2600,"cpu_cache":33792,"cpu_cores":8,"cpu_threads":16,"total_memory":67515060224,"memory_type":"","memory_speed":0,"hypervisor":"kvm","platform_family":"debian"}'

const keepalive = (run_id: string, timestamp: number, more = '') =>
  `{"run_id":"${run_id}","timestamp":${timestamp},"network":"hoodi","el_client":{"type":"geth","image":"ethpandaops/geth:master","cmd":["geth","--syncmode=snap \\u0026\\u0026 x"],"env_vars":{"GOMAXPROCS":"8"}},"cl_client":{"type":"teku","image":"consensys/teku:latest"},"enclave_name":""${more}}`

const zeros =
  '"block":0,"slot":0,"exec_disk_usage":0,"cons_disk_usage":0,"exec_peers":0,"cons_peers":0,"exec_sync_percent":0,"cons_sync_percent":0'

/** What syncoor's Go reporter sends, and what its page reads. */
export function syncoorSuite(t: Test, deploy: Deploy): void {
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

  t.test("a run as syncoor's reporter tells it, from its first keepalive to its last", async (t) => {
    const { a, b, clock } = await deploy(t)
    const at = Math.floor(clock.now() / 1000)
    const { run_id } = newRun(clock.now())
    const post = async (app: typeof a, path: string, body: string) =>
      (await call(app, 'POST', `${SYNCOOR}/${path}`, body, JSON_TYPE)).status
    const feed = await openFeed(t, b)
    const more = `,"system_info":${SYSTEM_INFO},"run_timeout":14400`
    t.equal(await post(a, 'keepalive', keepalive(run_id, at, more)), 200)
    const progress = (second: number, metrics: string) =>
      post(b, `${run_id}/progress`, `{"timestamp":${at + second},"metrics":{${metrics}},"is_complete":false}`)
    t.equal(await progress(0, zeros), 200, 'before anything was measured')
    clock.advance(180_000)
    t.equal(await post(b, 'keepalive', keepalive(run_id, at + 180, more)), 200)
    const measuredNow = zeros
      .replaceAll(':0', ':12')
      .replace('"exec_sync_percent":12', '"exec_sync_percent":99.98765432109876')
    t.equal(
      await progress(180, `${measuredNow},"exec_version":"Geth/v1.16.7","cons_version":"teku/v25"`),
      200,
    )
    const end = `{"timestamp":${at + 190},"final_block":12,"final_slot":13,"success":true}`
    t.equal(await post(a, `${run_id}/complete`, end), 200)
    t.equal(await post(a, `${run_id}/complete`, end), 200, 'its answer was lost')
    t.equal(
      await post(b, 'keepalive', keepalive(run_id, at + 360, more)),
      409,
      'below 500: it does not try again',
    )

    t.match((await call(b, 'GET', `${SYNCOOR}/${run_id}`)).body.data, {
      start_time: new Date(at * 1000).toISOString(),
      end_time: new Date((at + 190) * 1000).toISOString(),
      labels: {},
      enclave_name: '',
      run_timeout: 14_400,
      system_info: JSON.parse(SYSTEM_INFO),
      el_client_config: {
        type: 'geth',
        cmd: ['geth', '--syncmode=snap && x'],
        env_vars: { GOMAXPROCS: '8' },
      },
      progress_history: [
        { metrics: JSON.parse(`{${zeros}}`) },
        { metrics: { exec_sync_percent: 99.98765432109876, cons_version: 'teku/v25' } },
      ],
    })
    await feed.until('test_complete')
    t.strictSame(
      feed.messages.map(({ type, run_id: id, timestamp, data }) => [type, id, typeof timestamp, typeof data]),
      ['test_start', 'test_progress', 'test_progress', 'test_complete'].map((type) => [
        type,
        run_id,
        'string',
        'object',
      ]),
    )
  })

  t.test("what syncoor's page shows of a run has the form that it reckons with", async (t) => {
    const { a, b, clock } = await deploy(t)
    const at = Math.floor(clock.now() / 1000)
    const ids = ['silent', 'good', 'bad', 'busy'].map((name) => `${name}-${newRun(clock.now()).run_id}`)
    const [silent, good, bad, busy] = ids as [string, string, string, string]
    for (const id of ids) {
      await call(a, 'POST', `${SYNCOOR}/keepalive`, keepalive(id, at), JSON_TYPE)
      await call(a, 'POST', `${SYNCOOR}/${id}/progress`, progressOf(at + 1, measured()))
    }
    await call(a, 'POST', `${SYNCOOR}/${good}/complete`, completionOf(at + 2))
    await call(
      a,
      'POST',
      `${SYNCOOR}/${bad}/complete`,
      completionOf(at + 2, { success: false, error: 'no peers' }),
    )
    clock.advance(10 * 60_000)
    await eventually(a, `${RUNS}/${silent}`, ({ status }) => status === 'stale')
    await call(a, 'POST', `${SYNCOOR}/keepalive`, keepalive(busy, at + 600), JSON_TYPE)

    const list = await call(b, 'GET', SYNCOOR, undefined, PAGE)
    t.equal(list.body.error, undefined)
    t.match(list.body.data, { total_count: 4, active_count: 1 })
    // Blue while it runs, green when it is complete without an error, else red.
    const colour = (test: { is_running: boolean; is_complete: boolean; error: unknown }) =>
      test.is_running ? 'blue' : test.is_complete && !test.error ? 'green' : 'red'
    const colours = new Map(
      list.body.data.tests.map((test: { run_id: string }) => [test.run_id, colour(test as never)]),
    )
    t.strictSame(
      [busy, good, bad, silent].map((id) => colours.get(id)),
      ['blue', 'green', 'red', 'red'],
    )
    const numbers = [
      'block',
      'slot',
      'exec_disk_usage',
      'cons_disk_usage',
      'exec_peers',
      'cons_peers',
      'exec_sync_percent',
      'cons_sync_percent',
    ]
    for (const id of ids) {
      const { status, body } = await call(b, 'GET', `${SYNCOOR}/${id}`, undefined, PAGE)
      t.equal(status, 200)
      t.equal(body.error, undefined)
      for (const name of ['start_time', 'last_update']) t.ok(Date.parse(body.data[name]) > 0, name)
      for (const name of ['el_client', 'cl_client', 'network']) t.type(body.data[name], 'string')
      t.match(body.data, {
        labels: {},
        el_client_config: { image: String },
        progress_history: [{ timestamp: String }],
      })
      for (const { metrics } of [{ metrics: body.data.current_metrics }, ...body.data.progress_history]) {
        for (const name of numbers) t.type(metrics[name], 'number', name)
      }
    }
    t.match((await call(b, 'GET', '/health', undefined, PAGE)).body, {
      data: { status: 'healthy', active_tests: Number, total_tests: Number },
    })
  })
}

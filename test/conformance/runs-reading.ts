import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Run } from '../../schemas/run.ts'
import { call } from '../helpers/app.ts'
import { completionOf, measured, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'

const idsOf = (list: { tests: Run[] }) => list.tests.map(({ run_id }) => run_id)

/** What is told of runs to those who ask. */
export function runReadingSuite(t: Test, deploy: Deploy): void {
  t.test('lists: newest first, by page, and by what is asked for', async (t) => {
    const { a, b, clock } = await deploy(t)
    const settings = [
      {},
      { network: 'sepolia', labels: { branch: 'dev', nightly: '' } },
      { cl_client: { type: 'prysm', image: 'p' } },
      { network: 'sepolia' },
      { labels: { branch: 'a=b' } },
    ]
    const runs = []
    for (const more of settings) {
      clock.advance(1000)
      runs.push(await startRun(a, clock.now(), more))
    }
    const [first, second, third, fourth, fifth] = runs.map(({ id }) => id)
    await call(a, 'POST', `${RUNS}/${fourth}/complete`, completionOf(clock.now() / 1000))
    const list = async (query: string) => (await call(b, 'GET', `${RUNS}?${query}`)).body.data
    const rows: [string, (string | undefined)[], number][] = [
      ['', [fifth, fourth, third, second, first], 4],
      ['active=false', [fifth, fourth, third, second, first], 4],
      ['active=true', [fifth, third, second, first], 4],
      ['status=finished', [fourth], 0],
      ['network=sepolia', [fourth, second], 1],
      ['network=sepolia&active=true', [second], 1],
      ['client=prysm', [third], 1],
      ['client=geth', [fifth, fourth, third, second, first], 4],
      ['label=branch=dev', [second], 1],
      ['label=branch=a%3Db', [fifth], 1],
      ['label=nightly', [second], 1],
      ['label=branch=main&label=nope', [], 0],
      [
        'status=running&active=true&status=running'.replace('&status=running', ''),
        [fifth, third, second, first],
        4,
      ],
    ]
    for (const [query, ids, active] of rows) {
      const found = await list(query)
      t.strictSame(idsOf(found), ids, query)
      t.match(found, { total_count: ids.length, active_count: active, next_cursor: null }, query)
    }
    for (const filter of ['', 'client=geth&']) {
      const pages: string[][] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await list(`${filter}limit=2${cursor && `&cursor=${cursor}`}`)
        t.match(page, { total_count: 5, active_count: 4 })
        pages.push(idsOf(page))
        cursor = page.next_cursor
      }
      t.strictSame(pages, [[fifth, fourth], [third, second], [first]])
    }
    for (const wrong of ['limit=0', 'active=yes', 'status=odd', 'cursor=odd', 'client=geth&cursor=odd']) {
      t.equal((await call(b, 'GET', `${RUNS}?${wrong}`)).status, 400, wrong)
    }
  })

  t.test('every instance knows how many runs there are', async (t) => {
    const { a, b, clock } = await deploy(t)
    const counts = async (app: FastifyInstance) => {
      const { active_tests, total_tests } = (await call(app, 'GET', '/health')).body.data
      return [active_tests, total_tests]
    }
    const until = async (app: FastifyInstance, wanted: number[]) => {
      for (let i = 0; i < 5000 && `${await counts(app)}` !== `${wanted}`; i++) await setImmediate()
      t.strictSame(await counts(app), wanted)
    }
    const first = await startRun(a, clock.now())
    t.strictSame(await counts(a), [1, 1], 'at once where it was reported')
    await until(b, [1, 1])
    await startRun(b, clock.now())
    await until(a, [2, 2])
    await call(b, 'POST', `${first.url}/complete`, completionOf(first.at))
    await until(a, [1, 2])
    await until(b, [1, 2])
    clock.advance(10 * 60_000)
    await until(a, [0, 2])
    await until(b, [0, 2])
  })

  t.test('running runs have gauges, as many as allowed, and ended ones none', async (t) => {
    const { a, b, clock } = await deploy(t, { RUN_METRICS_MAX: 2 })
    const series = async (app: FastifyInstance, name: string): Promise<string[]> => {
      const text: string = (await call(app, 'GET', '/metrics')).body
      return text.split('\n').filter((line) => line.startsWith(`synckairos_run_${name}{`))
    }
    const runs = []
    for (let i = 0; i < 3; i++) {
      clock.advance(1000)
      const run = await startRun(a, clock.now())
      await call(
        a,
        'POST',
        `${run.url}/progress`,
        progressOf(run.at + 1, measured({ block: i, slot: undefined })),
      )
      runs.push(run)
    }
    for (const app of [a, b]) {
      t.strictSame(await series(app, 'slot'), [])
      const blocks = await series(app, 'block')
      t.equal(blocks.length, 2)
      t.ok(
        blocks.includes(
          `synckairos_run_block{run_id="${runs[2]?.id}",network="hoodi",el="geth",cl="lighthouse"} 2`,
        ),
      )
    }
    for (const { url, at } of runs) await call(a, 'POST', `${url}/complete`, completionOf(at))
    t.strictSame(await series(b, 'block'), [])
  })

  t.test('runs are compared, exported, and judged by a baseline', async (t) => {
    const { a, b, clock } = await deploy(t)
    const run = async (seconds: number, more: object = {}) => {
      const started = await startRun(a, clock.now(), more)
      for (const step of [0, 1, 2]) {
        const metrics = measured({ block: 50 * step, exec_disk_usage: 10 * seconds, exec_memory_usage: 7 })
        await call(
          b,
          'POST',
          `${started.url}/progress`,
          progressOf(started.at + (step * seconds) / 2, metrics),
        )
      }
      await call(
        b,
        'POST',
        `${started.url}/complete`,
        completionOf(started.at + seconds, { final_block: 100 }),
      )
      return started
    }
    const slow = await run(200)
    const fast = await run(100, { labels: { baseline: slow.id } })
    clock.advance(1000)

    const compare = async (query: string) =>
      call(a, 'GET', `${RUNS}/compare?ids=${slow.id},${fast.id}&${query}`)
    const elapsed = (await compare('points=5')).body.data
    t.match(elapsed, { axis: 'elapsed', metric: 'block', x: [0, 50_000, 100_000, 150_000, 200_000] })
    t.strictSame(
      elapsed.runs.map(({ run_id, y }: { run_id: string; y: number[] }) => [run_id, y]),
      [
        [slow.id, [0, 25, 50, 75, 100]],
        [fast.id, [0, 50, 100, null, null]],
      ],
    )
    t.match(elapsed.runs[0].summary, {
      duration_ms: 200_000,
      disk_usage: 8000,
      peak_exec_memory_usage: 7,
      peak_memory_usage: null,
      points: 3,
    })
    const blocks = (await compare('axis=block&points=3')).body.data
    t.match(blocks, {
      metric: 'elapsed',
      x: [0, 50, 100],
      runs: [{ y: [0, 100_000, 200_000] }, { y: [0, 50_000, 100_000] }],
    })
    t.match((await compare('metric=exec_disk_usage')).body.data, { runs: [{ y: [2000] }, { y: [1000] }] })
    for (const query of ['axis=odd', 'points=1', 'points=1001'])
      t.equal((await compare(query)).status, 400, query)
    t.equal((await call(a, 'GET', `${RUNS}/compare?ids=${slow.id}`)).status, 400)
    t.equal((await call(a, 'GET', `${RUNS}/compare?ids=${slow.id},${slow.id}`)).status, 400)
    t.equal((await call(a, 'GET', `${RUNS}/compare?ids=${slow.id},nope`)).status, 404)

    const judged = (await call(b, 'GET', `${fast.url}/baseline`)).body.data
    t.match(judged, { run_id: fast.id, against: slow.id, verdict: 'pass' })
    t.match(judged.checks, [
      { name: 'duration', value: 100_000, baseline: 200_000, difference: -100_000, ratio: 0.5, limit: 1.1 },
      { name: 'disk', verdict: 'pass' },
      { name: 'memory', ratio: 1, verdict: 'pass' },
    ])
    const against = `${slow.url}/baseline?against=${fast.id}`
    t.match((await call(b, 'GET', against)).body.data, {
      verdict: 'fail',
      checks: [{ ratio: 2, verdict: 'fail' }],
    })
    t.match((await call(b, 'GET', `${against}&max_duration_ratio=2&max_disk_ratio=2`)).body.data, {
      verdict: 'pass',
    })
    t.equal((await call(b, 'GET', `${slow.url}/baseline`)).status, 400, 'against what?')
    for (const odd of ['speed', '', 'disk,'])
      t.equal((await call(b, 'GET', `${against}&checks=${odd}`)).status, 400, odd)
    t.equal((await call(b, 'GET', `${slow.url}/baseline?against=nope`)).status, 404)
  })

  t.test('a verdict is given only where there is something to judge by', async (t) => {
    const { a, b, clock } = await deploy(t)
    const run = async (more: object, metrics: object, ending: object | null = {}) => {
      const { id, url, at } = await startRun(a, clock.now(), more)
      await call(b, 'POST', `${url}/progress`, progressOf(at + 1, measured(metrics)))
      if (ending) await call(a, 'POST', `${url}/complete`, completionOf(at + 2, ending))
      return { id, url }
    }
    const memory = { exec_memory_usage: 5, cons_memory_usage: 6 }
    const good = await run({ labels: { baseline: 'true' } }, memory)
    const failed = await run({}, memory, { success: false })
    const open = await run({}, memory, null)
    const half = await run({}, { exec_memory_usage: 5 })
    const own = await run({ labels: { baseline: good.id } }, memory)
    const verdict = async ({ url }: { url: string }, query: string) =>
      (await call(b, 'GET', `${url}/baseline?${query}`)).body.data.verdict
    t.equal(await verdict(own, ''), 'pass')
    t.equal(await verdict(own, `against=${open.id}`), 'unknown', 'the baseline has not ended')
    t.equal(await verdict(own, `against=${failed.id}`), 'unknown', 'the baseline failed')
    t.equal(await verdict(open, `against=${good.id}`), 'pending')
    t.equal(await verdict(failed, `against=${good.id}`), 'fail')
    t.equal(await verdict(half, `against=${good.id}`), 'unknown', 'the memory of one client is missing')
    t.equal(await verdict(half, `against=${good.id}&checks=duration,disk`), 'pass', 'nobody asked for it')
    t.match(await call(b, 'GET', `${good.url}/baseline`), {
      status: 400,
      body: { error: { details: [{ field: 'against', message: /is a baseline itself/ }] } },
    })
  })

  t.test('an export opens in a spreadsheet and runs nothing there', async (t) => {
    const { a, clock } = await deploy(t)
    const { id, url, at } = await startRun(a, clock.now())
    const odd = { block: 1, exec_version: '=HYPERLINK("x")', cons_version: 'a,b', temperature: -3.5 }
    await call(a, 'POST', `${url}/progress`, progressOf(at, odd))
    await call(a, 'POST', `${url}/progress`, progressOf(at + 1, { block: 2, exec_version: '+1' }))
    const csv = await call(a, 'GET', `${url}/export?format=csv`)
    t.match(csv.headers, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="run-${id}.csv"`,
    })
    const [first, second] = [0, 1].map((i) => new Date((at + i) * 1000).toISOString())
    const received = new Date(clock.now()).toISOString()
    t.strictSame(csv.body.split('\r\n'), [
      'timestamp,received_at,block,exec_version,cons_version,temperature',
      `${first},${received},1,"'=HYPERLINK(""x"")","a,b",-3.5`,
      `${second},${received},2,'+1,,`,
      '',
    ])
    const json = await call(a, 'GET', `${url}/export`)
    t.strictSame(json.body, (await call(a, 'GET', url)).body)
    t.match(json.headers, { 'content-disposition': /\.json"$/ })
    t.equal((await call(a, 'GET', `${url}/export?format=xml`)).status, 400)
  })
}

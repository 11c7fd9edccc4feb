import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../../app.ts'
import type { RunDetail } from '../../../schemas/run.ts'
import { build, call } from '../../helpers/app.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { measured, openFeed, progressOf, RUNS, startRun } from '../../helpers/runs.ts'

const REPORTS = 70

async function begin(app: FastifyInstance) {
  const run = await startRun(app, Date.now() - 200_000)
  for (let i = 0; i < REPORTS; i++) {
    await call(app, 'POST', `${run.url}/progress`, progressOf(run.at + i, measured({ block: i })))
  }
  return run
}

async function isWhole(t: Test, app: FastifyInstance, run: Awaited<ReturnType<typeof begin>>) {
  const found: RunDetail = (await call(app, 'GET', run.url)).body.data
  t.equal(found.start_time, new Date(run.at * 1000).toISOString())
  t.strictSame(
    found.progress_history.map(({ metrics }) => metrics.block),
    Array.from({ length: REPORTS }, (_, i) => i),
  )
  t.match(found, { status: 'running', current_metrics: { block: REPORTS - 1 } })
  const next = progressOf(run.at + REPORTS, measured({ block: REPORTS }))
  t.equal((await call(app, 'POST', `${run.url}/progress`, next)).status, 200)
  t.equal((await call(app, 'GET', run.url)).body.data.progress_history.length, REPORTS + 1)
}

t.test('after a restart of the server a run is where it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-runs-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const settings: Partial<Config> = { DATA_DIR: folder }
  const before = await build(t, settings)
  const run = await begin(before)
  await before.close()
  const after = await build(t, settings)
  t.match((await call(after, 'GET', '/health')).body.data, { active_tests: 1, total_tests: 1 })
  await isWhole(t, after, run)
})

t.test(
  'after a crash of Redis and a restart of the server, too; readers are told to read anew',
  async (t) => {
    const redis = await ownRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
    if (!redis) return
    const settings = { REDIS_URL: redis.url, REDIS_PREFIX: 'runs' }
    const before = await build(t, settings)
    const reader = await openFeed(t, before)
    const run = await begin(before)
    await redis.kill()
    const report = () =>
      call(before, 'POST', `${run.url}/progress`, progressOf(run.at, measured({ block: 0 })))
    t.equal((await report()).status, 503, 'never a false 200')
    t.equal((await call(before, 'GET', '/health')).status, 200)
    await redis.restart()
    while ((await report()).status !== 200) await setImmediate()
    await reader.until('reset')
    await before.close()
    await isWhole(t, await build(t, settings), run)
  },
)

t.test(
  'a server whose Redis is away starts all the same, and follows the runs once it is there',
  async (t) => {
    const redis = await ownRedis(t)
    if (!redis) return
    await redis.kill()
    const app = await build(t, { REDIS_URL: redis.url, REDIS_PREFIX: 'runs' })
    t.equal((await call(app, 'GET', RUNS)).status, 503)
    const reader = await openFeed(t, app)
    await redis.restart()
    while ((await call(app, 'GET', RUNS)).status !== 200) await setImmediate()
    // The feed begins at its next try, within a second; what happens until then is not told.
    await reader.until('reset')
    const { id } = await startRun(app, Date.now())
    t.match(await reader.until('test_start'), { run_id: id })
  },
)

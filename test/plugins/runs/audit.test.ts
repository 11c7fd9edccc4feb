import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build, call } from '../../helpers/app.ts'
import { DATABASES } from '../../helpers/databases.ts'
import { completionOf, progressOf, RUNS, startRun } from '../../helpers/runs.ts'
import { until } from '../../helpers/until.ts'

/** What the audit log has of a run. */
async function logged(app: FastifyInstance, schema: string, id: string) {
  const rows = await app.jobs
    .database()
    .query(
      `SELECT version, type, data FROM ${schema}.events WHERE topic = 'runs' AND key = $1 ORDER BY version`,
      [id],
    )
  return rows as { version: number; type: string; data: Record<string, unknown> }[]
}

for (const [name, databaseForTest] of Object.entries(DATABASES)) {
  t.test(`a run that is gone is still told of by the audit log in ${name}`, async (t) => {
    const database = await databaseForTest(t)
    if (!database) return
    const app = await build(t, { PERSISTENCE: 'on', RUN_MAX_FINISHED: 0, ...database })
    await app.jobs.ready()
    const { id, url, body, at } = await startRun(app, Date.now() - 60_000)
    await call(app, 'POST', `${url}/progress`, progressOf(at + 1, { block: 17 }))
    await call(app, 'POST', `${RUNS}/keepalive`, { ...body, system_info: { hostname: 'h' } })
    await call(app, 'POST', `${url}/complete`, completionOf(at + 2, { success: false, error: 'disk full' }))
    await app.runs.prune()
    t.equal((await call(app, 'GET', url)).status, 404)
    const rows = await until(
      () => logged(app, database.DATABASE_SCHEMA, id),
      ({ length }) => length === 5,
    )
    t.strictSame(
      rows.map(({ version, type }) => [version, type]),
      ['run.started', 'run.progressed', 'run.kept_alive', 'run.completed', 'run.removed'].map((type, i) => [
        i + 1,
        type,
      ]),
    )
    t.match(rows[0]?.data, {
      start_at: at * 1000,
      run: { run_id: id, network: 'hoodi', labels: { branch: 'main' } },
    })
    t.match(rows[1]?.data, { point: { at: (at + 1) * 1000, metrics: { block: 17 } } })
    t.match(rows[2]?.data, { run: { system_info: { hostname: 'h' } } })
    t.match(rows[3]?.data, { success: false, error: 'disk full', final_block: 500 })
  })
}

import t, { type Test } from 'tap'
import { createPostgres } from '../../plugins/jobs/postgres.ts'
import { historyOf } from '../conformance/persistence.ts'
import { build, call } from '../helpers/app.ts'
import { embeddedForTest, realForTest } from '../helpers/databases.ts'
import { startSession } from '../helpers/sessions.ts'
import { runCli } from './run-cli.ts'

async function environment(t: Test) {
  const settings = await realForTest(t)
  return settings && { ...settings, DATABASE_URL: settings.DATABASE_URL as string }
}

t.test('migrate makes the tables, and a second time finds nothing to do', async (t) => {
  const env = await environment(t)
  if (!env) return
  const first = await runCli(['migrate'], env)
  t.equal(first.code, 0, first.stderr)
  t.match(first.stdout, /^applied 0001-events\.sql$/m)
  const database = createPostgres({ url: env.DATABASE_URL, pool_size: 3 })
  t.teardown(() => database.close())
  const [tables] = await database.query(
    'SELECT count(*)::integer AS n FROM pg_tables WHERE schemaname = $1 AND tablename = ANY ($2)',
    [env.DATABASE_SCHEMA, ['events', 'sessions', 'participants', 'job', 'queue']],
  )
  t.equal(tables?.n, 5, "pg-boss's own tables among them")
  t.match(await runCli(['migrate'], env), { code: 0, stdout: 'nothing to do\n' })
})

t.test('migrate does it for the embedded database too', async (t) => {
  const { DATA_DIR } = await embeddedForTest(t)
  t.match(await runCli(['migrate', '--data-dir', DATA_DIR]), { code: 0, stdout: /^applied 0002-/m })
})

t.test('migrate says what is wrong', async (t) => {
  const url = 'postgres://127.0.0.1:9/none'
  t.match(await runCli(['migrate', '--database-url', url]), {
    code: 1,
    stderr: /cannot be reached.*ECONNREFUSED/,
  })
  t.match(await runCli(['migrate', '--database-url', 'mysql://x']), { code: 2, stderr: /DATABASE_URL/ })
})

t.test('restore rebuilds an empty store, and leaves one alone that is not', async (t) => {
  const env = await environment(t)
  if (!env) return
  const app = await build(t, { PERSISTENCE: 'on', ...env })
  const { id, url } = await startSession(app)
  await call(app, 'POST', `${url}/switch`)
  const before = await call(app, 'GET', url)
  await historyOf(app, id, 3)
  await app.close()

  const full = await runCli(['restore'], env)
  t.match(full, { code: 1, stderr: /holds sessions: restore needs an empty one/ })
  const DATA_DIR = `${env.DATA_DIR}/new`
  const restored = await runCli(['restore', '--data-dir', DATA_DIR, '--running', 'running'], env)
  t.match(restored, { code: 0, stdout: 'restored 1 sessions\n' })
  const again = await build(t, { PERSISTENCE: 'on', ...env, DATA_DIR })
  t.strictSame((await call(again, 'GET', url)).body, before.body)
  t.match(await runCli(['restore', '--running', 'maybe'], env), { code: 2 })
})

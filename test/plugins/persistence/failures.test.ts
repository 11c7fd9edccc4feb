import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { HistoryEvent } from '../../../schemas/history.ts'
import { historyOf } from '../../conformance/persistence.ts'
import { build, call } from '../../helpers/app.ts'
import { realForTest } from '../../helpers/databases.ts'
import { gateTo } from '../../helpers/gate.ts'
import { startSession } from '../../helpers/sessions.ts'
import { until } from '../../helpers/until.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const versions = (events: HistoryEvent[]) => events.map(({ version }) => version)

async function play(app: FastifyInstance, url: string, times: number): Promise<number[]> {
  const statuses = []
  for (let i = 0; i < times; i++) statuses.push((await call(app, 'POST', `${url}/switch`)).status)
  return [...new Set(statuses)]
}

t.test('a database that is away at the start is waited for, and no request notices', async (t) => {
  const database = await realForTest(t)
  if (!database) return
  const gate = await gateTo(t, database.DATABASE_URL as string)
  await gate.shut()
  const app = await build(t, {
    PERSISTENCE: 'on',
    OUTBOX_DEGRADED_AT: 3,
    ...database,
    DATABASE_URL: gate.url,
  })
  const { id, url } = await startSession(app)
  t.strictSame(await play(app, url, 10), [200])

  const history = await call(app, 'GET', `${url}/history`)
  t.match([history.status, history.body.error.code], [503, 'DATABASE_UNAVAILABLE'])
  t.ok(history.headers['retry-after'])
  t.equal((await call(app, 'GET', `${url}/stats`)).status, 503)
  // The backlog is counted at most once a second, whoever asks for it.
  const ready = await until(
    () => call(app, 'GET', '/ready'),
    ({ body }) => body.checks.outbox.status === 'degraded',
  )
  t.equal(ready.status, 200)
  t.match(ready.body, {
    status: 'ready',
    checks: {
      store: { status: 'ok' },
      database: { status: 'degraded' },
      outbox: { status: 'degraded', message: '12 events wait for the database' },
    },
  })
  const metrics = await call(app, 'GET', '/metrics')
  t.match(metrics.body, /^synckairos_outbox_backlog 12$/m)

  await gate.open()
  t.strictSame(versions(await historyOf(app, id, 12)), upTo(12))
  await app.persistence.settled()
  t.match((await call(app, 'GET', '/ready')).body.checks.database, { status: 'ok' })
})

t.test('a database that goes away and comes back gets everything, once', async (t) => {
  const database = await realForTest(t)
  if (!database) return
  const gate = await gateTo(t, database.DATABASE_URL as string)
  const app = await build(t, { PERSISTENCE: 'on', ...database, DATABASE_URL: gate.url })
  const { id, url } = await startSession(app)
  let version = 2
  for (let round = 0; round < 3; round++) {
    t.strictSame(await play(app, url, 20), [200])
    await gate.shut()
    t.strictSame(await play(app, url, 20), [200], 'while it is away')
    await gate.open()
    version += 40
  }
  t.strictSame(versions(await historyOf(app, id, version)), upTo(version))
})

t.test(
  'a shutdown does not wait for a database that is away; the next start brings it up to date',
  async (t) => {
    const database = await realForTest(t)
    if (!database) return
    const gate = await gateTo(t, database.DATABASE_URL as string)
    const settings = { PERSISTENCE: 'on' as const, ...database, DATABASE_URL: gate.url }
    const app = await build(t, settings)
    const { id, url } = await startSession(app)
    await historyOf(app, id, 2)
    await gate.shut()
    await play(app, url, 5)
    const began = performance.now()
    await app.close()
    t.ok(performance.now() - began < 5000)
    await gate.open()
    t.strictSame(versions(await historyOf(await build(t, settings), id, 7)), upTo(7))
  },
)

t.test('a shutdown does not wait for ever for a database that no longer answers', async (t) => {
  const database = await realForTest(t)
  if (!database) return
  const gate = await gateTo(t, database.DATABASE_URL as string)
  const app = await build(t, { PERSISTENCE: 'on', ...database, DATABASE_URL: gate.url })
  const { id, url } = await startSession(app)
  await historyOf(app, id, 2)
  gate.freeze()
  t.strictSame(await play(app, url, 5), [200])
  const began = performance.now()
  await app.close()
  t.ok(performance.now() - began < 14_000, 'within the 15 s of a shutdown')
  await gate.shut()
})

t.test('a shutdown hands over what is in the outbox', async (t) => {
  const database = await realForTest(t)
  if (!database) return
  const app = await build(t, { PERSISTENCE: 'on', ...database })
  await app.jobs.ready()
  const { url } = await startSession(app)
  await play(app, url, 50)
  const outbox = app.store.outbox()
  await app.outbox.stop()
  t.equal(await outbox.backlog(), 0)
})

t.test('a server that keeps no audit log says so, and piles up nothing', async (t) => {
  const app = await build(t, { PERSISTENCE: 'off' })
  const { url } = await startSession(app)
  for (const what of ['history', 'history?format=csv', 'stats']) {
    const answer = await call(app, 'GET', `${url}/${what}`)
    t.match([answer.status, answer.body.error.code], [503, 'PERSISTENCE_OFF'], what)
  }
  t.equal(await app.store.outbox().backlog(), 0)
  t.notMatch((await call(app, 'GET', '/metrics')).body, /synckairos_outbox_backlog/)
  t.strictSame(Object.keys((await call(app, 'GET', '/ready')).body.checks), ['store'])
})

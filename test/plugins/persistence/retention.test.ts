import t from 'tap'
import { createSessionProjector } from '../../../plugins/history/projector.ts'
import { inTransaction } from '../../../plugins/jobs/database.ts'
import { createPostgres } from '../../../plugins/jobs/postgres.ts'
import { migrate } from '../../../plugins/persistence/migrate.ts'
import { removeOlder } from '../../../plugins/persistence/retention.ts'
import { createWriter } from '../../../plugins/persistence/writer.ts'
import { moves, T0 } from '../../engine/session/play.ts'
import { build } from '../../helpers/app.ts'
import { realForTest } from '../../helpers/databases.ts'
import { eventsOf } from '../history/play.ts'

t.test('what is older leaves as a whole, and what still lived then stays as a whole', async (t) => {
  const settings = await realForTest(t)
  if (!settings) return
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = settings
  const database = createPostgres({ url: url as string, pool_size: 3 })
  t.teardown(() => database.close())
  await migrate(database, schema)
  const projectors = new Map([['sessions', createSessionProjector(schema)]])
  const { write } = createWriter({ schema, projectors, refuse: async () => {} })
  const note = { topic: 'notes', type: 'x', key: 'n', epoch: 1, version: 1, at: T0, data: {} }
  const lives = Array.from({ length: 450 }, (_, i) => eventsOf({}, moves('start, 3000 complete'), `old-${i}`))
  const living = eventsOf({}, moves('start, 3000 switch, 700 complete'), 'living')
  await inTransaction(database, (query) => write(query, [...lives.flat(), ...living, note], false))

  const options = { database, schema, projectors }
  t.equal(await removeOlder(options, T0 + 3500), 451)
  t.equal(await removeOlder(options, T0 + 3500), 0)
  const keys = async (table: string, key: string) =>
    (await database.query(`SELECT ${key} AS key FROM ${schema}.${table} ORDER BY 1`)).map((row) => row.key)
  t.strictSame(
    await keys('events', 'key'),
    living.map(() => 'living'),
  )
  t.strictSame(await keys('sessions', 'session_id'), ['living'])
  t.strictSame(await keys('participants', 'session_id'), ['living', 'living'])
  t.equal(await removeOlder(options, T0 + 4000), 1)
  t.strictSame(await keys('events', 'key'), [])
})

t.test('the schedule follows the setting', async (t) => {
  const settings = await realForTest(t)
  if (!settings) return
  const schedules = async (EVENTS_RETENTION_DAYS: number) => {
    const app = await build(t, { PERSISTENCE: 'on', ...settings, EVENTS_RETENTION_DAYS })
    await app.jobs.ready()
    const found = await app.jobs.boss().getSchedules()
    await app.close()
    return found.map(({ name }) => name)
  }
  t.strictSame(await schedules(30), ['retention'])
  t.strictSame(await schedules(0), [])
})

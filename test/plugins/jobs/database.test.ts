import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createBoss } from '../../../plugins/jobs/boss.ts'
import { inTransaction, isUnavailable } from '../../../plugins/jobs/database.ts'
import { createEmbeddedPostgres } from '../../../plugins/jobs/embedded.ts'
import { createPostgres } from '../../../plugins/jobs/postgres.ts'
import { migrate } from '../../../plugins/persistence/migrate.ts'
import { DATABASES, embeddedForTest } from '../../helpers/databases.ts'

for (const [name, databaseForTest] of Object.entries(DATABASES)) {
  t.test(name, async (t) => {
    const settings = await databaseForTest(t)
    if (!settings) return
    const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATA_DIR } = settings
    const database = url
      ? createPostgres({ url, pool_size: 4 })
      : createEmbeddedPostgres(`${DATA_DIR}/postgres`)
    t.teardown(() => database.close())
    const { query } = database
    await query(
      `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE ${schema}.things (n integer PRIMARY KEY, v jsonb)`,
    )
    const all = async () => (await query(`SELECT n FROM ${schema}.things ORDER BY n`)).map(({ n }) => n)

    await t.test('values come back as they went', async (t) => {
      const value = { text: 'ü"\\', list: [1, null], nested: { a: 1.5 } }
      t.strictSame(
        await query('SELECT $1::jsonb AS v, $2::text[] AS list, $3::integer AS n', [
          JSON.stringify(value),
          ['a', 'b'],
          7,
        ]),
        [{ v: value, list: ['a', 'b'], n: 7 }],
      )
      t.strictSame(await query('SELECT 1 AS a; SELECT 2 AS a'), [{ a: 1 }, { a: 2 }], 'several statements')
    })

    await t.test('a transaction is all or nothing, and sees itself', async (t) => {
      await inTransaction(database, async (query) => {
        await query(`INSERT INTO ${schema}.things VALUES (1)`)
        t.strictSame(await query(`SELECT n FROM ${schema}.things`), [{ n: 1 }])
      })
      const failed = inTransaction(database, async (query) => {
        await query(`INSERT INTO ${schema}.things VALUES (2)`)
        throw new Error('changed my mind')
      })
      await t.rejects(failed, { message: 'changed my mind' })
      t.strictSame(await all(), [1])
    })

    await t.test('transactions and statements that come together do not mix', async (t) => {
      const work = Array.from({ length: 20 }, (_, i) =>
        inTransaction(database, async (query) => {
          await query(`INSERT INTO ${schema}.things VALUES ($1)`, [100 + i])
          await query('SELECT 1')
          if (i % 2) throw new Error('odd')
        }).catch(() => {}),
      )
      await Promise.all([...work, ...Array.from({ length: 20 }, () => query('SELECT 1'))])
      t.strictSame(await all(), [1, 100, 102, 104, 106, 108, 110, 112, 114, 116, 118])
    })

    await t.test('a failed statement tells its SQLSTATE and leaves nothing behind', async (t) => {
      await t.rejects(query(`INSERT INTO ${schema}.things VALUES (1)`), { code: '23505' })
      await t.rejects(query(`BEGIN; INSERT INTO ${schema}.things VALUES (3); SELECT 1/0; COMMIT`), {
        code: '22012',
      })
      await t.rejects(query('SELECT \'"\\u0000"\'::jsonb'), { code: '22P05' })
      t.notOk((await all()).includes(3))
      await inTransaction(database, async (query) => {
        await query('SAVEPOINT a')
        await t.rejects(query('SELECT 1/0'), { code: '22012' })
        await query('ROLLBACK TO SAVEPOINT a; RELEASE SAVEPOINT a')
        await query(`INSERT INTO ${schema}.things VALUES (4)`)
      })
      t.ok((await all()).includes(4))
    })

    await t.test('a transaction that is over takes nothing more', async (t) => {
      const { query: late, commit, rollback } = await database.begin()
      await commit()
      await t.rejects(late('SELECT 1'), { code: 'DATABASE_UNAVAILABLE' })
      await t.rejects(commit())
      await rollback()
      await database.check()
    })

    await t.test('migrations that start at once are applied once', async (t) => {
      const own = `${schema}_m`
      t.teardown(() => query(`DROP SCHEMA ${own} CASCADE`))
      const runs = await Promise.all([1, 2, 3].map(() => migrate(database, own)))
      t.strictSame(runs.map((names) => names.length).sort(), [
        0,
        0,
        (await query(`SELECT version FROM ${own}.schema_migrations`)).length,
      ])
    })

    await t.test('a pg-boss worker writes and completes in one transaction', async (t) => {
      const boss = await createBoss(database, `${schema}_b`)
      boss.on('error', () => {})
      await boss.start()
      t.teardown(() => query(`DROP SCHEMA ${schema}_b CASCADE`))
      t.teardown(() => boss.stop({ graceful: false, close: false }))
      await boss.createQueue('q', { retryLimit: 5 })
      let tries = 0
      const done = Promise.withResolvers<void>()
      const id = await boss.work(
        'q',
        { transactional: true, pollingIntervalSeconds: 0.5 },
        async ([job], tx) => {
          await tx.executeSql(`INSERT INTO ${schema}.things VALUES ($1)`, [1000 + tries])
          if (tries++ === 0) throw new Error('once more')
          await boss.deleteJob('q', job?.id as string, { db: tx })
          done.resolve()
        },
      )
      await boss.insert('q', [{ id: '00000000-0000-8000-8000-000000000001', data: {} }])
      await boss.insert('q', [{ id: '00000000-0000-8000-8000-000000000001', data: {} }])
      boss.notifyWorker(id)
      await done.promise
      await boss.offWork('q', { wait: true })
      t.strictSame(
        (await all()).filter((n) => n >= 1000),
        [1001],
      )
      t.strictSame(await boss.findJobs('q'), [])
    })
  })
}

t.test('a PostgreSQL that cannot be reached is said to be unavailable', async (t) => {
  const database = createPostgres({ url: 'postgres://127.0.0.1:9/none', pool_size: 3 })
  t.teardown(() => database.close())
  for (const call of [
    database.check(),
    database.begin().then(() => {}),
    migrate(database, 'x').then(() => {}),
  ]) {
    await t.rejects(call, { code: 'DATABASE_UNAVAILABLE', kind: 'unavailable' })
  }
  t.ok(isUnavailable(Object.assign(new Error(), { code: '57P01' })), 'an administrator stopped it')
  t.notOk(isUnavailable(Object.assign(new Error(), { code: '23505' })))
})

t.test('an embedded database', async (t) => {
  const { DATA_DIR } = await embeddedForTest(t)
  const folder = `${DATA_DIR}/postgres`
  const database = createEmbeddedPostgres(folder)

  await t.test('refuses a second server on its folder', async (t) => {
    t.throws(() => createEmbeddedPostgres(folder), { message: /in use by another server/ })
  })

  await t.test('computes on a thread of its own', async (t) => {
    await database.check()
    let turns = 0
    const ticking = setInterval(() => turns++, 5)
    const began = performance.now()
    await database.query('SELECT count(*) FROM generate_series(1, 2000000)')
    clearInterval(ticking)
    t.ok(turns > ((performance.now() - began) / 5) * 0.3, 'the event loop went on')
  })

  await t.test('has its rows again after it was closed, and takes nothing while it is', async (t) => {
    await database.query('CREATE TABLE kept (n integer); INSERT INTO kept VALUES (5)')
    await Promise.all([database.close(), database.close()])
    await t.rejects(database.query('SELECT 1'), { code: 'DATABASE_UNAVAILABLE' })
    const again = createEmbeddedPostgres(folder)
    t.strictSame(await again.query('SELECT n FROM kept'), [{ n: 5 }])
    await again.close()
    await pause(0)
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../../app.ts'
import type { Session } from '../../../schemas/session.ts'
import { historyOf } from '../../conformance/persistence.ts'
import { build, call } from '../../helpers/app.ts'
import {
  type DatabaseForTest,
  embeddedForTest,
  embeddedStore,
  realForTest,
  redisStore,
  type StoreForTest,
} from '../../helpers/databases.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { newSession, startSession } from '../../helpers/sessions.ts'

const get = async (app: FastifyInstance, url: string): Promise<Session> =>
  (await call(app, 'GET', url)).body.data

/** Sessions in every status; the paths and their documents. */
async function play(app: FastifyInstance): Promise<Map<string, Session>> {
  const pending = newSession({ metadata: { a: [1, { b: 'ü' }] } })
  await call(app, 'POST', '/v1/sessions', pending)
  const [running, paused, completed, deleted, again] = await Promise.all([
    startSession(app, { increment_ms: 1000, totals: [60_000, 50_000, 40_000] }),
    startSession(app, { sync_mode: 'count_up' }),
    startSession(app),
    startSession(app),
    startSession(app),
  ])
  for (let i = 0; i < 5; i++) await call(app, 'POST', `${running.url}/switch`)
  await call(app, 'POST', `${paused.url}/switch`)
  await call(app, 'POST', `${paused.url}/pause`)
  await call(app, 'POST', `${completed.url}/complete`)
  for (const { url } of [deleted, again]) await call(app, 'DELETE', url)
  await call(app, 'POST', '/v1/sessions', again.body)
  const open = new Map<string, Session>()
  for (const id of [pending.session_id, running.id, paused.id, again.id]) {
    const url = `/v1/sessions/${id}`
    open.set(url, await get(app, url))
  }
  for (const { id } of [completed, deleted]) await historyOf(app, id, 3)
  for (const { session_id, version } of open.values()) await historyOf(app, session_id, version)
  return open
}

/** A server, its sessions, and the settings with which another finds its audit log and an empty store. */
async function lose(t: Test, storeForTest: StoreForTest, databaseForTest: DatabaseForTest) {
  const store = await storeForTest(t)
  const other = await storeForTest(t)
  const database = await databaseForTest(t)
  if (!store || !other || !database) return null
  const before: Partial<Config> = { PERSISTENCE: 'on', ...store, ...database }
  const app = await build(t, before)
  const open = await play(app)
  await app.close()
  // The embedded store's folder is left behind; the embedded database moves on.
  const DATA_DIR = mkdtempSync(join(database.DATA_DIR, 'new-'))
  if (!database.DATABASE_URL) {
    execFileSync('cp', ['-r', join(database.DATA_DIR, 'postgres'), join(DATA_DIR, 'postgres')])
  }
  return { open, before, after: { ...before, ...other, DATA_DIR } }
}

const PAIRS: Record<string, [StoreForTest, DatabaseForTest]> = {
  'the embedded store and a PostgreSQL server': [embeddedStore, realForTest],
  'Redis and a PostgreSQL server': [redisStore, realForTest],
  'the embedded store and the embedded PostgreSQL': [embeddedStore, embeddedForTest],
}

for (const [name, [storeForTest, databaseForTest]] of Object.entries(PAIRS)) {
  t.test(`with ${name}`, async (t) => {
    const lost = await lose(t, storeForTest, databaseForTest)
    if (!lost) return
    const { open, after, before } = lost

    await t.test('sessions that had not ended come back as they were, and go on', async (t) => {
      const app = await build(t, after)
      t.strictSame(await app.history.restore('running'), { sessions: 4, incomplete: [] })
      for (const [url, session] of open) t.strictSame(await get(app, url), session)
      t.equal((await call(app, 'GET', '/v1/sessions')).body.data.sessions.length, 4)
      const [url, session] = [...open].find(([, { status }]) => status === 'running') as [string, Session]
      await call(app, 'POST', `${url}/switch`)
      const events = await historyOf(app, session.session_id, session.version + 1)
      t.equal(events.at(-1)?.version, session.version + 1)
      t.equal(new Set(events.map(({ epoch }) => epoch)).size, 1)

      await t.rejects(app.history.restore('running'), { code: 'STORE_NOT_EMPTY' })
      await app.close()
    })

    await t.test('running ones can come back paused, as their last change left them', async (t) => {
      const other = await storeForTest(t)
      const DATA_DIR = after.DATABASE_URL ? t.testdir() : mkdtempSync(join(before.DATA_DIR as string, 'new-'))
      if (!after.DATABASE_URL) {
        execFileSync('cp', ['-r', join(before.DATA_DIR as string, 'postgres'), join(DATA_DIR, 'postgres')])
      }
      const app = await build(t, { ...after, ...other, DATA_DIR })
      await app.history.restore('paused')
      for (const [url, session] of open) {
        const back = await get(app, url)
        if (session.status !== 'running') {
          t.strictSame(back, session)
          continue
        }
        t.match(back, { status: 'paused', cycle_started_at: null, cycle_deadline_at: null })
        t.ok(back.version > session.version)
        const left = (s: Session) => s.participants.map((p) => p.time_remaining_ms)
        if (back.version === session.version + 1) t.strictSame(left(back), left(session))
        const events = await historyOf(app, session.session_id, back.version)
        t.match(events.at(-1), { version: back.version, type: 'session.paused', state: back })
      }
    })
  })
}

t.test('a store with events that are not in the database yet is not restored into', async (t) => {
  const app = await build(
    t,
    { PERSISTENCE: 'on', DATABASE_URL: 'postgres://127.0.0.1:9/none' },
    { clock: createFakeClock() },
  )
  const { restoreSessions } = await import('../../../plugins/history/restore.ts')
  await startSession(app)
  const options = { store: app.store, query: async () => [], schema: 'x', running: 'paused' as const, now: 0 }
  await t.rejects(restoreSessions(options), { code: 'STORE_NOT_EMPTY', message: /holds sessions/ })
  const nothing = {
    ...app.store,
    list: async () => ({ records: [], next: null }),
    outbox: () => app.store.outbox(),
  }
  await t.rejects(restoreSessions({ ...options, store: nothing as never }), { message: /2 events/ })
})

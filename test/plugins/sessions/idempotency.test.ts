import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { NewSession } from '../../../engine/session/state.ts'
import { createSessions } from '../../../plugins/sessions/service.ts'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import { build, call } from '../../helpers/app.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { newSession, startSession } from '../../helpers/sessions.ts'

/** Sessions on a store with room for so many characters of answers. */
function setUp(t: Test, answer_bulk_limit: number) {
  const clock = createFakeClock()
  const log = { warn: () => {}, error: () => {} }
  const store = createEmbeddedStore({ folder: t.testdir(), clock, log, answer_bulk_limit })
  t.teardown(() => store.close())
  return { store, sessions: createSessions({ store, clock, deadlines: { arm() {} } }) }
}

const keyed = () => ({ idempotency: { key: randomUUID(), fingerprint: 'f' } })

t.test('a repetition is answered as the call was, whatever has happened since', async (t) => {
  const { sessions } = setUp(t, 1_000_000)
  const body = newSession({ totals: [1000, 60_000] }) as NewSession
  const id = body.session_id
  const creation = keyed()
  const created = await sessions.create(body, creation)
  await sessions.command(id, { type: 'start' })
  const switching = keyed()
  const switched = await sessions.command(id, { type: 'switch' }, switching)
  const removal = keyed()
  await sessions.remove(id, removal)
  const again = ({ record }: typeof switched) => ({ record, expired_participant_id: null, replayed: true })
  t.strictSame(await sessions.command(id, { type: 'switch' }, switching), again(switched))
  t.strictSame(await sessions.create(body, creation), again(created))
  t.strictSame(await sessions.remove(id, removal), again({ ...switched, record: null }))
})

t.test(
  'one whose document had to go is answered with the session as it is now, and does nothing',
  async (t) => {
    const { store, sessions } = setUp(t, 0)
    const body = newSession() as NewSession
    const id = body.session_id
    await sessions.create(body)
    await sessions.command(id, { type: 'start' })
    const switching = keyed()
    await sessions.command(id, { type: 'switch' }, switching)
    const { record } = await sessions.command(id, { type: 'pause' })
    t.match(await sessions.command(id, { type: 'switch' }, switching), { record, replayed: true })
    t.equal((await store.read({ topic: 'sessions', id }))?.version, 4)
    await sessions.remove(id)
    await t.rejects(sessions.command(id, { type: 'switch' }, switching), { code: 'SESSION_NOT_FOUND' })
  },
)

t.test('answers take little room in Redis, and claims are no records', async (t) => {
  const redis = await ownRedis(t)
  if (!redis) return
  const client = new Redis(redis.url)
  t.teardown(() => client.disconnect())
  const app = await build(t, { REDIS_URL: redis.url })
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  for (const [participants, most] of [
    [2, 2500],
    [1000, 50_000],
  ] as const) {
    const { url } = await startSession(app, { totals: Array(participants).fill(60_000) })
    const step = () => call(app, 'POST', `${url}/switch`, {}, { 'idempotency-key': randomUUID() })
    await step()
    const before = await used()
    for (let i = 0; i < 40; i++) await step()
    const each = Math.round(((await used()) - before) / 40)
    t.ok(each < most, `${participants} participants: ${each} bytes for each call with a key`)
    t.comment(`${participants} participants: ${each} bytes for each call with a key`)
  }
  t.strictSame(await client.keys('*i:idempotency:*'), [])
})

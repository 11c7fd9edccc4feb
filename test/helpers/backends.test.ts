import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { ownRedis, postgresForTest, redisForTest } from './backends.ts'

t.test('the keys of a prefix are gone after its test, and no others', async (t) => {
  const outer = await redisForTest(t)
  if (!outer) return
  const client = new Redis(outer.url)
  t.teardown(() => client.disconnect())
  await client.set(`${outer.prefix}:outer`, '1')
  await t.test('a test that leaves keys behind', async (t) => {
    const inner = await redisForTest(t)
    t.not(inner?.prefix, outer.prefix)
    await client.set(`{p1}${inner?.prefix}:inner`, '1')
    await client.set(`${inner?.prefix}:inner`, '1')
  })
  t.same(await client.keys(`*${outer.prefix}*`), [`${outer.prefix}:outer`])
})

t.test('an own Redis with an append-only file has its keys again after kill -9', async (t) => {
  const redis = await ownRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
  if (!redis) return
  const client = new Redis(redis.url, { retryStrategy: () => 20 })
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  await client.set('key', 'value')
  const before = redis.process.pid
  await redis.kill()
  await redis.restart()
  t.equal(await client.get('key'), 'value')
  t.not(redis.process.pid, before)
})

t.test('a schema is there during its test and gone after it', async (t) => {
  const outer = await postgresForTest(t)
  if (!outer) return
  const client = new pg.Client(outer.url)
  await client.connect()
  t.teardown(() => client.end())
  const schemas = async (name = '') =>
    (await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [name])).rowCount
  let inner = ''
  await t.test('a test that leaves a table behind', async (t) => {
    inner = (await postgresForTest(t))?.schema ?? ''
    await client.query(`CREATE TABLE ${inner}.rows (id int)`)
  })
  t.equal(await schemas(inner), 0)
  t.equal(await schemas(outer.schema), 1)
})

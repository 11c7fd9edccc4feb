import { randomUUID } from 'node:crypto'
import { FormatRegistry, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { InstancesSchema, WatchersSchema } from '../../../schemas/presence.ts'
import { build, call } from '../../helpers/app.ts'
import { watch } from '../../helpers/realtime.ts'

const TOKEN = 'kM3vQ8xR2tY7wB5nZ1pL'

FormatRegistry.Set('date-time', (text) => new Date(text).toISOString() === text)

t.test('the answers are as declared', async (t) => {
  const app = await build(t)
  const id = randomUUID()
  await watch(t, app, id)
  const cases: [url: string, schema: TSchema][] = [
    ['/v1/instances', InstancesSchema],
    [`/v1/sessions/${id}/watchers`, WatchersSchema],
  ]
  for (const [url, schema] of cases) {
    const { status, body, headers } = await call(app, 'GET', url)
    t.strictSame([status, headers['cache-control']], [200, 'no-store'])
    t.strictSame([...Value.Errors(schema, body.data)], [], url)
  }
})

t.test('with AUTH_READS they need a token', async (t) => {
  const app = await build(t, { AUTH_TOKENS: TOKEN, AUTH_READS: 1 })
  for (const url of ['/v1/instances', `/v1/sessions/${randomUUID()}/watchers`]) {
    t.equal((await call(app, 'GET', url)).status, 401)
    t.equal((await call(app, 'GET', url, undefined, { authorization: `Bearer ${TOKEN}` })).status, 200)
  }
})

t.test('the instances may be asked for as often as a page likes', async (t) => {
  const app = await build(t, { RATE_LIMIT_GENERAL: 1 })
  for (let i = 0; i < 5; i++) t.equal((await call(app, 'GET', '/v1/instances')).status, 200)
  const url = `/v1/sessions/${randomUUID()}/watchers`
  t.equal((await call(app, 'GET', url)).status, 200)
  t.equal((await call(app, 'GET', url)).status, 429)
})

t.test('the version is that of the package', async (t) => {
  const { default: manifest } = await import('../../../package.json', { with: { type: 'json' } })
  const app = await build(t)
  t.equal((await call(app, 'GET', '/v1/instances')).body.data.instances[0].version, manifest.version)
})

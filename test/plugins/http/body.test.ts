import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { Strict, Uuid } from '../../../schemas/common.ts'
import { bareServer } from '../../helpers/http.ts'

const BodySchema = Strict({
  id: Uuid('an id'),
  mode: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b'), Type.Literal('c')])),
  turn: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  players: Type.Optional(
    Type.Array(Strict({ total_time_ms: Type.Integer({ minimum: 1000 }) }), { maxItems: 1000 }),
  ),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
const ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'

const echo = (app: FastifyInstance) => {
  app.post('/echo', { schema: { body: BodySchema } }, async (request) => request.body)
  app.post('/free', async (request) => ({ body: request.body ?? null }))
  app.post('/large', { bodyLimit: 300_000 }, async () => ({ ok: true }))
  app.get(
    '/list/:page',
    {
      schema: {
        params: Type.Object({ page: Type.Integer() }),
        querystring: Type.Object({
          limit: Type.Integer({ default: 20, maximum: 100 }),
          all: Type.Optional(Type.Boolean()),
        }),
      },
    },
    async (request) => ({ ...(request.query as object), ...(request.params as object) }),
  )
}

const post = (app: FastifyInstance, url: string, payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    payload: (typeof payload === 'string' || Buffer.isBuffer(payload)
      ? payload
      : JSON.stringify(payload)) as string,
    headers: { 'content-type': 'application/json', ...headers },
  })

t.test('all that is wrong with a body is named, field by field', async (t) => {
  const { app } = await bareServer(t, echo)
  const details = async (body: unknown) => {
    const response = await post(app, '/echo', body)
    t.equal(response.statusCode, 400)
    t.match(response.json(), { error: { code: 'VALIDATION_ERROR', message: 'Request validation failed' } })
    return response.json().error.details
  }
  t.strictSame(await details({}), [{ field: 'id', message: 'is required' }])
  t.strictSame(await details([]), [{ field: '', message: 'must be object' }])
  t.strictSame(
    await details(''),
    [{ field: '', message: 'must be object' }],
    'nothing where something is needed',
  )
  t.strictSame(
    await details({
      id: 'x',
      'ext/ra~': 1,
      mode: 'z',
      turn: 'now',
      players: [{ total_time_ms: 5 }, { total_time_ms: '5000', y: 1 }],
    }),
    [
      { field: 'ext/ra~', message: 'is not a known field' },
      { field: 'id', message: 'must be a UUID' },
      { field: 'mode', message: 'must be one of "a", "b", "c"' },
      { field: 'turn', message: 'must be integer' },
      { field: 'turn', message: 'must be null' },
      { field: 'players.0.total_time_ms', message: 'must be >= 1000' },
      { field: 'players.1.y', message: 'is not a known field' },
      { field: 'players.1.total_time_ms', message: 'must be integer' },
    ],
  )
  t.equal(
    (await details({ id: ID, players: new Array(900).fill(0) })).length,
    20,
    'no more than anyone reads',
  )
  t.strictSame(await details({ id: `urn:uuid:${ID}` }), [{ field: 'id', message: 'must be a UUID' }])
  t.equal((await post(app, '/echo', { id: ID.toUpperCase() })).statusCode, 200)
})

t.test('query and path are text, from which numbers and booleans are read', async (t) => {
  const { app } = await bareServer(t, echo)
  t.strictSame((await app.inject('/list/3?limit=7&all=true&_=1')).json(), {
    limit: 7,
    all: true,
    _: '1',
    page: 3,
  })
  t.strictSame((await app.inject('/list/3')).json(), { limit: 20, page: 3 })
  for (const [url, field] of [
    ['/list/3?limit=1.5', 'limit'],
    ['/list/3?limit=1&limit=2', 'limit'],
    ['/list/x', 'page'],
  ] as const) {
    const response = await app.inject(url)
    t.equal(response.statusCode, 400, url)
    t.equal(response.json().error.details[0].field, field)
  }
})

t.test('only JSON in UTF-8 is read', async (t) => {
  const { app } = await bareServer(t, echo)
  const rows: [string, unknown, Record<string, string>, number, string][] = [
    ['broken JSON', '{"id":', {}, 400, 'VALIDATION_ERROR'],
    ['bad UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), {}, 400, 'VALIDATION_ERROR'],
    [
      'a form',
      'id=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['text', '{}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['no proper type', '{}', { 'content-type': 'what' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['compressed', '{}', { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too much', JSON.stringify('x'.repeat(70_000)), {}, 413, 'PAYLOAD_TOO_LARGE'],
  ]
  for (const [name, body, headers, status, code] of rows) {
    const response = await post(app, '/free', body, headers)
    t.equal(response.statusCode, status, name)
    t.equal(response.json().error.code, code, name)
  }
  t.strictSame(
    (await post(app, '/free', '{"é":"ü"}', { 'content-type': 'Application/JSON; charset=utf-8' })).json(),
    {
      body: { é: 'ü' },
    },
  )
})

t.test('an empty body is no body, whatever its type', async (t) => {
  const { app } = await bareServer(t, echo)
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
    t.strictSame((await post(app, '/free', '', { 'content-type': type })).json(), { body: null }, type)
  }
  t.strictSame((await app.inject({ method: 'POST', url: '/free' })).json(), { body: null })
})

t.test('names that could reach a prototype are refused and named, wherever they stand', async (t) => {
  const { app } = await bareServer(t, echo)
  const rows = [
    ['{"metadata":{"a":[{"__proto__":{"x":1}}]}}', 'metadata.a.0.__proto__'],
    ['{"\\u005f_proto__":1}', '__proto__'],
    ['{"constructor":{"prototype":{"x":1}}}', 'constructor'],
  ] as const
  for (const [body, field] of rows) {
    const response = await post(app, '/free', body)
    t.equal(response.statusCode, 400)
    t.strictSame(response.json().error.details, [{ field, message: 'is not allowed as a name' }])
  }
  t.equal((await post(app, '/free', '{"constructor":"a name"}')).statusCode, 200)
})

t.test('100,000 levels of JSON are refused at once', async (t) => {
  const { app } = await bareServer(t, echo)
  const arrays = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const objects = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`
  for (const body of [arrays, objects]) {
    const response = await post(app, '/large', body)
    t.equal(response.statusCode, 400)
    t.match(response.json().error.details, [{ message: /more than 64 levels/ }])
  }
})

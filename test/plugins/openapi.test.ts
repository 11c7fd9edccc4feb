import { Type } from '@sinclair/typebox'
import t from 'tap'
import health from '../../plugins/health.ts'
import openapi from '../../plugins/openapi.ts'
import security from '../../plugins/security.ts'
import timeRoutes from '../../routes/time.ts'
import { Strict } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { bareServer } from '../helpers/http.ts'

const load = { OVERLOAD_EVENT_LOOP_DELAY_MS: 0, OVERLOAD_EVENT_LOOP_UTILIZATION: 0, OVERLOAD_HEAP_BYTES: 0 }

const build = (t: Parameters<typeof bareServer>[0]) =>
  bareServer(t, async (app) => {
    await app.register(openapi)
    await app.register(security, load)
    await app.register(health)
    await app.register(timeRoutes)
    app.post(
      '/things',
      {
        schema: {
          tags: ['sessions'],
          security: [{ bearer: [] }],
          body: Strict({ kind: Type.Literal('a') }, { $id: 'Thing' }),
          response: { 201: Type.Object({}), ...failures },
        },
      },
      async () => ({}),
    )
  })

t.test('the document is OpenAPI 3.1, made of the schemas that the routes check', async (t) => {
  const { app } = await build(t)
  const response = await app.inject('/docs/json')
  t.equal(response.statusCode, 200)
  const document = response.json()
  t.match(document, {
    openapi: '3.1.0',
    info: { title: 'SyncKairos', version: '2.0.0' },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  })
  t.strictSame(Object.keys(document.paths).sort(), ['/health', '/ready', '/things', '/v1/time'])
  const { post } = document.paths['/things']
  t.strictSame(post.security, [{ bearer: [] }])
  t.match(post.requestBody.content['application/json'].schema, {
    properties: { kind: { const: 'a' } },
    additionalProperties: false,
  })
  t.match(JSON.stringify(post.responses.default), /request_id/)
  t.equal(JSON.stringify(document).includes('"$id"'), false)
})

t.test('the page runs under a policy that allows nothing from elsewhere', async (t) => {
  const { app } = await build(t)
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  t.match(page.headers['content-security-policy'], /default-src 'self'/)
  t.notMatch(page.headers['content-security-policy'], /upgrade-insecure-requests|https:/)
  const files = [...page.body.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map(
    ([, file]) => file as string,
  )
  t.ok(files.length >= 3)
  t.match((await app.inject('/docs/static/missing.js')).json(), { error: { code: 'NOT_FOUND' } })
  t.notMatch(page.body, /<script>(?!\s*<\/script>)/, 'no inline script')
  for (const file of files) {
    const path = file.startsWith('docs/') ? `/${file}` : `/docs/${file}`
    t.equal((await app.inject(path)).statusCode, 200, path)
  }
})

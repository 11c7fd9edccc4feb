import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { DomainError, type ErrorKind } from '../../engine/errors.ts'
import { failures } from '../../schemas/error.ts'
import { bareServer } from '../helpers/http.ts'

const echo = (app: FastifyInstance) => {
  app.post('/free', async (request) => ({ body: request.body ?? null }))
  app.get('/list/:page', async () => ({}))
}

t.test(
  'each kind of failure has its HTTP status, and everything else about it is told as it was thrown',
  async (t) => {
    const statuses: Record<ErrorKind, number> = {
      invalid: 400,
      unauthorised: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      precondition: 412,
      reused: 422,
      too_large: 413,
      unsupported: 415,
      limited: 429,
      unavailable: 503,
      internal: 500,
    }
    const { app } = await bareServer(t, (app) => {
      app.get('/:kind', { schema: { response: failures } }, async (request) => {
        const { kind } = request.params as { kind: ErrorKind }
        throw new DomainError(kind, 'SOME_CODE', 'some message', { some: ['detail'] })
      })
    })
    for (const [kind, status] of Object.entries(statuses)) {
      const response = await app.inject({ url: `/${kind}`, headers: { 'x-request-id': 'r-1' } })
      t.equal(response.statusCode, status, kind)
      t.strictSame(
        response.json(),
        {
          error: {
            code: 'SOME_CODE',
            message: 'some message',
            request_id: 'r-1',
            details: { some: ['detail'] },
          },
        },
        kind,
      )
      t.equal(response.headers['x-request-id'], 'r-1')
      t.equal(response.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined)
      t.equal(response.headers['retry-after'], status === 429 || status === 503 ? '1' : undefined)
    }
  },
)

t.test('Retry-After follows retry_after_seconds, in whole seconds and never 0', async (t) => {
  const { app } = await bareServer(t, (app) => {
    app.get('/:seconds', async (request) => {
      const seconds = Number((request.params as { seconds: string }).seconds)
      throw new DomainError('limited', 'RATE_LIMIT_EXCEEDED', 'slow down', { retry_after_seconds: seconds })
    })
  })
  for (const [seconds, header] of [
    ['7', '7'],
    ['0', '1'],
    ['1.2', '2'],
  ]) {
    t.equal((await app.inject(`/${seconds}`)).headers['retry-after'], header)
  }
})

t.test('an unforeseen error is 500 without a trace of its cause, which the log has', async (t) => {
  const { app, log } = await bareServer(t, (app) => {
    app.get('/', async () => {
      throw Object.assign(new Error('password=hunter2', { cause: new Error('deeper') }), {
        command: { args: ['body'] },
      })
    })
  })
  const response = await app.inject('/')
  t.equal(response.statusCode, 500)
  t.match(response.json(), { error: { code: 'INTERNAL_ERROR', message: 'Internal server error' } })
  t.notOk(response.body.includes('hunter2'))
  const line = log.find(({ level }) => level === 50) as { err: Record<string, unknown>; request_id: string }
  t.match(line, {
    err: { message: 'password=hunter2', stack: /errors\.test\.ts[\s\S]*caused by: Error: deeper/ },
  })
  t.equal(line.request_id, response.json().error.request_id)
  t.notOk(line.err.command, 'what libraries hang on their errors is not logged')
})

t.test('an address that leads nowhere is 404 in the shape of every failure', async (t) => {
  const { app } = await bareServer(t, echo)
  for (const url of ['/nothing', '/list/%E0%A4%A', `/list/${'1'.repeat(300)}`]) {
    const response = await app.inject({ url, headers: { 'x-request-id': 'r-2' } })
    t.equal(response.statusCode, 404, url)
    t.match(response.json(), { error: { code: 'NOT_FOUND', request_id: 'r-2' } })
    t.equal(response.headers['x-request-id'], 'r-2')
  }
  t.equal((await app.inject({ method: 'DELETE', url: '/echo' })).statusCode, 404)
})

t.test('a request id that is harmless is kept, any other is replaced', async (t) => {
  const { app } = await bareServer(t, echo)
  const idFor = async (given?: string) =>
    (await app.inject({ url: '/nothing', headers: given === undefined ? {} : { 'x-request-id': given } }))
      .headers['x-request-id']
  t.equal(await idFor('Trace-1_2.3'), 'Trace-1_2.3')
  for (const given of ['a b', 'a"b', 'x'.repeat(129), undefined])
    t.match(await idFor(given), /^[0-9a-f-]{36}$/)
})

t.test('one log line for a request, without body, query, tokens or cookies', async (t) => {
  const { app, log } = await bareServer(t, (app) => {
    echo(app)
    app.get('/quiet', { config: { quiet: true } }, async () => ({}))
    app.get('/req', async (request) => {
      request.log.info({ req: request, res: { statusCode: 1 } }, 'by hand')
      return {}
    })
  })
  await app.inject({
    method: 'POST',
    url: '/free?token=secret',
    payload: { secret: 1 },
    headers: { authorization: 'Bearer secret', cookie: 'secret' },
  })
  await app.inject('/quiet')
  await app.inject('/req?token=secret')
  t.match(log[0], {
    level: 30,
    msg: 'answered',
    method: 'POST',
    route: '/free',
    status: 200,
    ms: Number,
    request_id: String,
  })
  t.match(log[1], { req: { method: 'GET', url: '/req' } })
  await app.inject('/nowhere')
  t.match(log.at(-1), { route: 'unknown', status: 404, code: 'NOT_FOUND' })
  t.equal(log.length, 4)
  t.notOk(JSON.stringify(log).includes('secret'))
})

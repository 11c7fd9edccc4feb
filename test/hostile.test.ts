import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Config } from '../app.ts'
import { build, call } from './helpers/app.ts'
import { newSession, startSession } from './helpers/sessions.ts'

/** A listening server, and how to send it bytes that no client library would. */
async function listening(t: Test, settings: Partial<Config> = {}) {
  const app = await build(t, settings)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const raw = async (...chunks: (string | Buffer)[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    const received: Buffer[] = []
    socket.on('data', (data) => received.push(data))
    socket.on('error', () => {})
    for (const chunk of chunks) socket.write(chunk)
    await once(socket, 'close')
    return Buffer.concat(received).toString()
  }
  const post = (body: string | Buffer, path = '/v1/sessions') =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body as string,
    })
  const lives = async () => (await fetch(`http://127.0.0.1:${port}/health`)).status
  return { app, port, raw, post, lives }
}

const failure = async (response: Response) => {
  const body = (await response.json()) as { error: { code: string; message: string; details?: unknown } }
  return { status: response.status, ...body.error }
}

t.test('bodies that no client means to send get a clear error', async (t) => {
  const { app, post, lives } = await listening(t)
  const { url } = await startSession(app)
  const valid = JSON.stringify(newSession())
  const withMetadata = (json: string) => valid.replace(/}$/, `,"metadata":${json}}`)
  const deep = (n: number) => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`
  const rows: [string, string | Buffer, number, string, string?][] = [
    ['not JSON', '{"session_id":', 400, 'VALIDATION_ERROR'],
    ['100,000-deep JSON', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'VALIDATION_ERROR'],
    ['metadata 40 levels deep', withMetadata(deep(40)), 400, 'VALIDATION_ERROR', 'metadata'],
    ['10 MB', `{"session_id":"${'x'.repeat(10_000_000)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'bad UTF-8',
      Buffer.from(valid.replace('per_participant', 'per_\xff'), 'latin1'),
      400,
      'VALIDATION_ERROR',
    ],
    ['__proto__', withMetadata('{"__proto__":{"x":1}}'), 400, 'VALIDATION_ERROR', 'metadata.__proto__'],
    [
      'constructor',
      withMetadata('{"a":{"constructor":1}}'),
      400,
      'VALIDATION_ERROR',
      'metadata.a.constructor',
    ],
    ['a NUL', withMetadata('{"a":"\\u0000"}'), 400, 'VALIDATION_ERROR', 'metadata.a'],
    ['a lone surrogate', withMetadata('{"a":"\\ud800"}'), 400, 'VALIDATION_ERROR', 'metadata.a'],
    ['a number beyond doubles', withMetadata('{"a":1e999}'), 400, 'VALIDATION_ERROR', 'metadata.a'],
    ['a long integer', withMetadata('{"a":12345678901234567890}'), 400, 'VALIDATION_ERROR', 'metadata.a'],
    [
      '17 KiB of metadata',
      withMetadata(`{"a":"${'x'.repeat(17_000)}"}`),
      400,
      'VALIDATION_ERROR',
      'metadata',
    ],
    ['an array', '[]', 400, 'VALIDATION_ERROR'],
    ['null', 'null', 400, 'VALIDATION_ERROR'],
    ['nothing', '', 400, 'VALIDATION_ERROR'],
    [
      'a string for a number',
      valid.replace('60000', '"60000"'),
      400,
      'VALIDATION_ERROR',
      'participants.0.total_time_ms',
    ],
    ['an unknown field', valid.replace(/}$/, ',"extra":1}'), 400, 'VALIDATION_ERROR', 'extra'],
    [
      'a unit too much',
      valid.replace('60000', '86400001'),
      400,
      'VALIDATION_ERROR',
      'participants.0.total_time_ms',
    ],
    [
      'an id that is none',
      valid.replace(/"session_id":"[^"]*/, '"session_id":"1'),
      400,
      'VALIDATION_ERROR',
      'session_id',
    ],
    [
      'a urn for a uuid',
      valid.replace('"session_id":"', '"session_id":"urn:uuid:'),
      400,
      'VALIDATION_ERROR',
      'session_id',
    ],
  ]
  for (const [what, body, status, code, field] of rows) {
    const answer = await failure(await post(body))
    t.match(answer, { status, code }, what)
    if (code === 'VALIDATION_ERROR') t.equal(answer.message, 'Request validation failed')
    if (field) t.match(JSON.stringify(answer.details), `"field":"${field}`, `${what} is named`)
  }
  t.equal((await call(app, 'GET', url)).status, 200, 'the neighbour is unaffected')
  t.equal(await lives(), 200)
})

t.test('every error code of the contract is what its cause gets', async (t) => {
  const { app } = await listening(t, { AUTH_TOKENS: 'a-token-of-some-length' })
  const token = { authorization: 'Bearer a-token-of-some-length' }
  const body = newSession()
  const url = `/v1/sessions/${body.session_id}`
  const key = { ...token, 'idempotency-key': 'once' }
  t.match(await call(app, 'POST', '/v1/sessions', body), {
    status: 401,
    body: { error: { code: 'UNAUTHORIZED' } },
    headers: { 'www-authenticate': /^Bearer/ },
  })
  t.equal((await call(app, 'POST', '/v1/sessions', body, key)).status, 201)
  const rows: [string, string, unknown, Record<string, string>, number, string][] = [
    ['POST', '/v1/sessions', { ...body, extra: 1 }, token, 400, 'VALIDATION_ERROR'],
    ['POST', `${url}/switch`, undefined, token, 400, 'INVALID_STATE_TRANSITION'],
    ['POST', `${url}/start`, undefined, { authorization: 'Bearer wrong' }, 401, 'UNAUTHORIZED'],
    ['GET', `/v1/sessions/${randomUUID()}`, undefined, {}, 404, 'SESSION_NOT_FOUND'],
    ['GET', '/v1/sessions/nonexistent-id', undefined, {}, 404, 'SESSION_NOT_FOUND'],
    ['POST', '/v1/sessions/nonexistent-id/start', undefined, token, 404, 'SESSION_NOT_FOUND'],
    ['POST', '/v1/sessions', { ...body, increment_ms: 1 }, token, 409, 'SESSION_ALREADY_EXISTS'],
    ['POST', `${url}/switch`, { expected_version: 9 }, token, 409, 'CONFLICT'],
    ['POST', `${url}/start`, undefined, { ...token, 'if-match': '"9"' }, 412, 'PRECONDITION_FAILED'],
    ['POST', '/v1/sessions', newSession(), key, 422, 'IDEMPOTENCY_KEY_REUSED'],
    ['POST', '/v1/sessions', 'x', { ...token, 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'POST',
      '/v1/sessions',
      `{"a":"${'x'.repeat(600_000)}"}`,
      { ...token, 'content-type': 'application/json' },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['GET', '/nowhere', undefined, {}, 404, 'NOT_FOUND'],
  ]
  for (const [method, path, payload, headers, status, code] of rows) {
    const answer = await call(app, method as 'GET', path, payload, headers)
    t.match(answer, { status, body: { error: { code } } }, `${method} ${path.slice(0, 40)} ${code}`)
    t.equal(answer.body.error.request_id, answer.headers['x-request-id'])
  }
  t.match((await call(app, 'GET', url)).body.data, { version: 1, status: 'pending' }, 'and nothing changed')
})

t.test('too many calls are told when to come back', async (t) => {
  const { app } = await listening(t, { RATE_LIMIT_SWITCH: 2, RATE_LIMIT_GENERAL: 6 })
  const { url } = await startSession(app)
  for (const status of [200, 200, 429]) {
    const answer = await call(app, 'POST', `${url}/switch`)
    t.equal(answer.status, status)
    t.ok(answer.headers['ratelimit-limit'])
    if (status === 429) {
      t.match(answer.body.error, { code: 'RATE_LIMIT_EXCEEDED', details: { retry_after_seconds: Number } })
      t.ok(Number(answer.headers['retry-after']) >= 1)
    }
  }
  t.equal((await call(app, 'GET', url)).status, 200)
  t.match(await call(app, 'GET', url), { status: 429, body: { error: { code: 'RATE_LIMIT_EXCEEDED' } } })
  for (const path of ['/health', '/ready', '/metrics', '/v1/time']) {
    const answer = await call(app, 'GET', path)
    t.equal(answer.status, 200)
    t.equal(answer.headers['ratelimit-limit'], undefined, `${path} is not limited`)
  }
})

t.test('what is not HTTP, or never ends, is answered and closed', async (t) => {
  const { raw, lives } = await listening(t, { REQUEST_TIMEOUT_MS: 300 })
  t.match(await raw('NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 .*"error":\{"code":"/s)
  t.match(
    await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 /,
  )
  const slow =
    'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
  t.match(await raw(slow), /^HTTP\/1\.1 408 /)
  t.match(await raw('POST /v1/sessions HTTP/1.1\r\nHo'), /^HTTP\/1\.1 408 /)
  t.equal(await lives(), 200)
})

t.test('sockets that misbehave end alone', async (t) => {
  const { app, port, lives } = await listening(t)
  const { id, url } = await startSession(app)
  const open = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?sessionId=${id}`)
    await once(socket, 'open')
    return socket
  }
  const neighbour = await open()
  const updates: number[] = []
  neighbour.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'STATE_UPDATE') updates.push(message.version)
  })

  const large = await open()
  large.send(JSON.stringify({ type: 'PING', padding: 'x'.repeat(1_000_000) }))
  const [code] = await once(large, 'close')
  t.equal(code, 1009)

  const malformed = await open()
  malformed.on('error', () => {})
  // A frame with reserved bits set, and one that is not masked.
  ;(malformed as unknown as { _socket: import('node:net').Socket })._socket.write(
    Buffer.from([0xff, 0x7f, 0, 1]),
  )
  await once(malformed, 'close')

  const polite = await open()
  const answers: string[] = []
  polite.on('message', (data) => answers.push(JSON.parse(String(data)).type))
  polite.send('not json')
  polite.send(Buffer.from([1, 2, 3]))
  polite.send(JSON.stringify({ type: 'PING' }))
  while (!answers.includes('PONG')) await once(polite, 'message')
  t.equal(answers.filter((type) => type === 'ERROR').length, 2, 'a malformed message gets an error')

  await call(app, 'POST', `${url}/switch`)
  while (updates.length === 0) await once(neighbour, 'message')
  t.strictSame(updates, [3])
  t.equal(await lives(), 200)
  neighbour.terminate()
  polite.terminate()
})

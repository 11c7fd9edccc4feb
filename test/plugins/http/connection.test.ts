import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { DomainError } from '../../../engine/errors.ts'
import health from '../../../plugins/health.ts'
import { bareServer } from '../../helpers/http.ts'

const echo = (app: FastifyInstance) => {
  app.post('/free', async (request) => ({ body: request.body ?? null }))
  app.get('/list/:page', async () => ({}))
}

/** Sends bytes over a socket and resolves with all that comes back until the server ends the connection. */
async function raw(app: FastifyInstance, bytes: string): Promise<string> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  return text(socket)
}

t.test('what is not HTTP gets a clear answer and the server lives', async (t) => {
  const { app } = await bareServer(t, echo)
  const garbage = await raw(app, 'HELLO\r\n\r\n')
  t.match(garbage, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(garbage, /X-Request-Id: [0-9a-f-]{36}\r\n/)
  t.match(garbage, /\{"error":\{"code":"VALIDATION_ERROR",/)
  t.match(
    await raw(app, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*PAYLOAD_TOO_LARGE/s,
  )
  t.match(await raw(app, 'POST /free HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n'), /^HTTP\/1\.1 400 /)
  t.equal((await app.inject('/list/1')).statusCode, 200)
})

t.test('a body that does not arrive in time ends the request, and neighbours are not affected', async (t) => {
  const { app } = await bareServer(t, echo, { REQUEST_TIMEOUT_MS: 200 })
  const slow = raw(
    app,
    'POST /free HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"',
  )
  const { port } = await new Promise<AddressInfo>((resolve) => {
    if (app.server.listening) resolve(app.server.address() as AddressInfo)
    else app.server.once('listening', () => resolve(app.server.address() as AddressInfo))
  })
  t.equal((await fetch(`http://127.0.0.1:${port}/list/1`)).status, 200)
  t.match(await slow, /^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s)
})

t.test('while the server closes, calls get their answer, and what would stay open 503', async (t) => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  const { promise: closing, resolve: close } = Promise.withResolvers<void>()
  const { app } = await bareServer(t, (app) => {
    app.get('/slow', async () => {
      enter()
      await released
      return { done: true }
    })
    app.get('/stream', { config: { stream: true } }, async () => ({}))
    app.addHook('preClose', async () => {
      close()
      await released
    })
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const slow = fetch(`${address}/slow`)
  await entered
  const closed = app.close()
  await closing
  const called = fetch(`${address}/slow`)
  const late = await fetch(`${address}/stream`)
  t.equal(late.status, 503)
  t.match(await late.json(), { error: { code: 'SHUTTING_DOWN', request_id: String } })
  t.equal(late.headers.get('retry-after'), '1')
  release()
  t.strictSame(await (await slow).json(), { done: true })
  t.strictSame(await (await called).json(), { done: true }, 'a call is answered, however late')
  await closed
})

t.test('a connection whose request is in flight ends with the answer when the server closes', async (t) => {
  const { app } = await bareServer(t, async (app) => {
    await app.register(health)
    app.post('/list', async () => ({ done: true }))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const taken = once(app.server, 'request')
  socket.write(
    'POST /list HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
  )
  await taken
  const closed = app.close()
  while (app.server.listening) await setImmediate()
  socket.write('}')
  t.match(await text(socket), /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is)
  await closed
})

t.test('the socket of an upgrade that was refused before anybody looked at it is closed', async (t) => {
  const { app } = await bareServer(t, async (app) => {
    app.addHook('onRequest', async () => {
      throw new DomainError('limited', 'RATE_LIMIT_EXCEEDED', 'Too many requests')
    })
    await app.register(websocket)
    app.get('/ws', { websocket: true }, () => {})
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RhbGxlZCByZWFkZXIhIQ==\r\n\r\n',
  )
  t.match(await text(socket), /^HTTP\/1\.1 429 /)
})

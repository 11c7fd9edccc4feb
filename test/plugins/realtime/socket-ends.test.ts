import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { HEARTBEAT_MS } from '../../../plugins/realtime/sockets.ts'
import { build, call } from '../../helpers/app.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { connect, listen, openEvents, watch } from '../../helpers/realtime.ts'
import { openFeed } from '../../helpers/runs.ts'
import { startSession } from '../../helpers/sessions.ts'

const TOKEN = 'kM3vQ8xR2tY7wB5nZ1pL'
const OTHER = 'bX6sD1qL9eT4uG8mC0aV'

const bearer = (token: string) => `bearer.${Buffer.from(token).toString('base64url')}`

async function setUp(t: Test, settings: Parameters<typeof build>[1] = {}) {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { app, clock }
}

/** Speaks HTTP by hand and then whatever bytes a test likes. */
async function rawSocket(t: Test, app: Parameters<typeof listen>[0], id: string) {
  const [host, port] = (await listen(app)).split(':')
  const socket = createConnection(Number(port), host)
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(
    `GET /ws?sessionId=${id} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [head] = await once(socket, 'data')
  t.match(head.toString(), /101 Switching/)
  return socket
}

t.test('a session that is deleted says so and ends its own sockets', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const client = await watch(t, app, id)
  await client.until('STATE_SYNC')
  await call(app, 'DELETE', url)
  t.match(await client.until('SESSION_DELETED'), { sessionId: id })
  t.strictSame(await client.closed, { code: 1000, reason: 'Session deleted' })
})

t.test('a message over the limit ends its socket with 1009 and nobody else', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const neighbour = await watch(t, app, id)
  const client = await watch(t, app, id)
  client.socket.send(JSON.stringify({ type: 'PING', filler: 'x'.repeat(65_000) }))
  await client.until('PONG')
  client.socket.send('x'.repeat(1_000_000))
  t.equal((await client.closed).code, 1009)
  await neighbour.roundTrip()
})

t.test('bytes that are no frames end their socket and nobody else', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const neighbour = await watch(t, app, id)
  const rubbish: [string, Buffer][] = [
    ['reserved bits', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['an unmasked frame', Buffer.from([0x81, 0x01, 0x61])],
    ['a length of 2^63', Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
    ['bad UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])],
    ['a continuation of nothing', Buffer.from([0x80, 0x81, 0, 0, 0, 0, 0x61])],
    ['a close frame of one byte', Buffer.from([0x88, 0x81, 0, 0, 0, 0, 0x61])],
  ]
  for (const [name, bytes] of rubbish) {
    const socket = await rawSocket(t, app, id)
    let last = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      last = Buffer.concat([last, chunk])
    })
    socket.write(bytes)
    while (!last.includes(0x88)) await once(socket, 'data')
    const code = last.readUInt16BE(last.lastIndexOf(0x88) + 2)
    t.ok([1002, 1007, 1009].includes(code), `${name}: ${code}`)
  }
  const cut = await rawSocket(t, app, id)
  cut.write(Buffer.from([0x81, 0xfe, 0x10]))
  cut.resetAndDestroy()
  await neighbour.roundTrip()
})

t.test('a flood is refused, and ended when it goes on', async (t) => {
  const { app, clock } = await setUp(t, { WS_MAX_MESSAGES_PER_SECOND: 5 })
  const { id } = await startSession(app)
  const neighbour = await watch(t, app, id)
  const client = await watch(t, app, id)
  for (let i = 0; i < 12; i++) client.send({ type: 'PING' })
  t.match(await client.until('ERROR'), { code: 'RATE_LIMIT_EXCEEDED' })
  t.equal(client.messages.filter(({ type }) => type === 'PONG').length, 10, 'twice the rate at once')
  clock.advance(2000)
  await client.roundTrip()
  for (let i = 0; i < 100; i++) client.send({ type: 'PING' })
  t.strictSame(await client.closed, { code: 4029, reason: 'Too many messages' })
  await neighbour.roundTrip()
})

t.test('an address may open so many sockets, and again when they are closed', async (t) => {
  const { app } = await setUp(t, { WS_MAX_SOCKETS_PER_IP: 2 })
  const id = randomUUID()
  const first = await watch(t, app, id)
  await watch(t, app, id)
  await t.rejects(watch(t, app, id), /429/)
  first.socket.close()
  await first.closed
  await watch(t, app, id)
  await t.rejects(watch(t, app, id), /429/)
})

t.test('pages of foreign origins are refused before the upgrade', async (t) => {
  const { app } = await setUp(t, { CORS_ORIGIN: 'https://app.example.org' })
  const id = randomUUID()
  await t.rejects(watch(t, app, id, { origin: 'https://evil.example.org' }), /403/)
  await t.rejects(watch(t, app, id, { origin: 'null' }), /403/)
  await watch(t, app, id, { origin: 'https://app.example.org' })
  await watch(t, app, id, { origin: `http://${await listen(app)}` })
  await watch(t, app, id)
  const { app: open } = await setUp(t, { CORS_ORIGIN: '*' })
  await watch(t, open, id, { origin: 'https://evil.example.org' })
})

t.test('a socket that does not answer a ping by the next one is cut off', async (t) => {
  const { app, clock } = await setUp(t)
  const { id } = await startSession(app)
  const alive = await watch(t, app, id)
  const halfOpen = await watch(t, app, id, { autoPong: false })
  for (let i = 0; i < 3; i++) {
    const pinged = once(alive.socket, 'ping')
    clock.advance(HEARTBEAT_MS)
    await pinged
    await alive.roundTrip()
  }
  t.equal((await halfOpen.closed).code, 1006)
  t.equal(app.realtime.sockets.size, 1)
})

t.test('a token comes as a subprotocol, which is not the one agreed on', async (t) => {
  const lines: string[] = []
  const clock = createFakeClock()
  const settings = { AUTH_TOKENS: TOKEN, AUTH_READS: 1, LOG_LEVEL: 'trace' as const }
  const app = await build(t, settings, { clock, logStream: { write: (line) => void lines.push(line) } })
  const { id } = await startSession(app, {}, { authorization: `Bearer ${TOKEN}` })
  for (const path of [`/ws?sessionId=${id}`, '/v1/ws?multiplex=1', '/v1/runs/ws', '/api/v1/tests/ws']) {
    const client = await connect(t, app, path, {}, ['synckairos', bearer(TOKEN)])
    t.equal(client.socket.protocol, 'synckairos', path)
    await t.rejects(connect(t, app, path, {}, ['synckairos', bearer('another-token-of-20-c')]), /401/)
    await t.rejects(connect(t, app, path, {}, ['synckairos']), /401/)
    await t.rejects(connect(t, app, path), /401/)
    const other = await connect(t, app, path, { headers: { authorization: `Bearer ${TOKEN}` } })
    t.equal(other.socket.protocol, '')
  }
  t.ok(lines.length > 0)
  for (const secret of [TOKEN, bearer(TOKEN).slice('bearer.'.length)]) t.notMatch(lines.join(''), secret)
})

t.test('sockets and streams end when their token is withdrawn', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-tokens-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'tokens')
  writeFileSync(file, `${TOKEN}\n${OTHER}\n`)
  const { app, clock } = await setUp(t, { AUTH_TOKENS_FILE: file, AUTH_READS: 1 })
  const headers = { authorization: `Bearer ${TOKEN}` }
  const { id } = await startSession(app, {}, headers)
  const stays = await connect(t, app, '/ws?multiplex=1', {}, ['synckairos', bearer(OTHER)])
  const sockets = [
    await connect(t, app, `/ws?sessionId=${id}`, {}, ['synckairos', bearer(TOKEN)]),
    await connect(t, app, '/v1/runs/ws', { headers }),
  ]
  const streams = [await openEvents(t, app, id, headers), await openFeed(t, app, headers)]
  await streams[0]?.until('STATE_SYNC')
  writeFileSync(file, `${OTHER}\n`)
  while (app.auth.accepts(TOKEN)) {
    clock.advance(1000)
    await stays.roundTrip()
  }
  for (let i = 0; i < 2; i++) {
    clock.advance(HEARTBEAT_MS)
    await stays.roundTrip()
  }
  for (const { closed } of sockets)
    t.strictSame(await closed, { code: 4001, reason: 'Token no longer valid' })
  for (const { ended } of streams) await ended
  t.equal((await call(app, 'GET', `/v1/sessions/${id}/events`, undefined, headers)).status, 401)
})

t.test('shutdown says goodbye to all, and cuts off who does not answer', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const client = await watch(t, app, id)
  const invalid = await rawSocket(t, app, 'invalid')
  const mute = await rawSocket(t, app, id)
  mute.pause()
  await app.close()
  t.strictSame(await client.closed, { code: 1001, reason: 'Server shutting down' })
  invalid.destroy()
  mute.resume()
  await once(mute, 'close')
})

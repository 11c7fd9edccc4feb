import { randomUUID } from 'node:crypto'
import { FormatRegistry } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import t, { type Test } from 'tap'
import { ServerMessages } from '../../../schemas/realtime.ts'
import { build, call } from '../../helpers/app.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { connect, listen, type Message, watch } from '../../helpers/realtime.ts'
import { newSession, startSession } from '../../helpers/sessions.ts'

FormatRegistry.Set('uuid', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text))
FormatRegistry.Set('date-time', (text) => new Date(text).toISOString() === text)

const checks = new Map(
  Object.entries(ServerMessages).map(([type, schema]) => [type, TypeCompiler.Compile(schema)]),
)

function assertKnown(t: Test, messages: Message[]) {
  for (const message of messages)
    t.ok(checks.get(message.type)?.Check(message), `${message.type} is as declared`)
}

async function setUp(t: Test, settings: Parameters<typeof build>[1] = {}) {
  const clock = createFakeClock()
  const app = await build(t, settings, { clock })
  return { app, clock }
}

t.test('a socket is greeted, synced and told each change, on both addresses', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  for (const path of ['/ws', '/v1/ws']) {
    const client = await connect(t, app, `${path}?sessionId=${id}`)
    const sync = await client.until('STATE_SYNC')
    t.equal(client.messages[0].type, 'CONNECTED')
    t.equal(client.messages[0].sessionId, id)
    const switched = await call(app, 'POST', `${url}/switch`)
    const update = await client.until('STATE_UPDATE')
    t.equal(update.version, sync.version + 1)
    t.strictSame(update.state, (await call(app, 'GET', url)).body.data, 'the state is the session')
    t.equal(update.state.version, switched.body.data.version)
    assertKnown(t, client.messages)
  }
})

t.test('a socket for a session that does not exist yet waits for it', async (t) => {
  const { app } = await setUp(t)
  const body = newSession()
  const client = await watch(t, app, body.session_id)
  await client.roundTrip()
  t.equal(client.messages.length, 2, 'a greeting and the answer')
  await call(app, 'POST', '/v1/sessions', body)
  t.equal((await client.until('STATE_UPDATE')).version, 1)
})

t.test('without a usable session id the socket is closed, after the upgrade', async (t) => {
  const { app } = await setUp(t)
  const cases = [
    ['/ws', 'Missing sessionId parameter'],
    ['/ws?sessionId=', 'Missing sessionId parameter'],
    ['/ws?sessionId=nope', 'Invalid sessionId format'],
    [`/ws?sessionId=${randomUUID()}&sessionId=${randomUUID()}`, 'Invalid sessionId format'],
    ['/ws?multiplex=0', 'Missing sessionId parameter'],
    [`/ws?multiplex=1&sessionId=${randomUUID()}`, 'Either sessionId or multiplex'],
    [`/ws?multiplex=1&client=${'x'.repeat(65)}`, 'Invalid client parameter'],
    ['/ws?multiplex=1&client=a%0Ab', 'Invalid client parameter'],
    ['/ws?multiplex=1&client=%E2%80%AEb', 'Invalid client parameter'],
    ['/ws?multiplex=1&client=a&client=b', 'Invalid client parameter'],
  ]
  for (const [path = '', reason = ''] of cases) {
    t.strictSame(await (await connect(t, app, path)).closed, { code: 1008, reason })
  }
})

t.test('a socket without a session of its own is told of what it subscribes to', async (t) => {
  const { app } = await setUp(t)
  const { id, url } = await startSession(app)
  const client = await connect(t, app, '/ws?multiplex=1&client=Zo%C3%AB%20%F0%9F%90%A6')
  await client.roundTrip()
  t.equal(client.messages.length, 2, 'a greeting and the answer')
  for (const type of ['RECONNECT', 'REQUEST_SYNC']) {
    client.send({ type })
    t.match(await client.until('ERROR'), { code: 'VALIDATION_ERROR', message: /no session of its own/ })
    client.send({ type, sessionId: id })
    t.match(await client.until('STATE_SYNC'), { sessionId: id, version: 2 })
  }
  client.send({ type: 'SUBSCRIBE', sessionId: id })
  await client.until('STATE_SYNC')
  await call(app, 'DELETE', url)
  t.match(await client.until('SESSION_DELETED'), { sessionId: id })
  client.send({ type: 'UNSUBSCRIBE', sessionId: id })
  await client.roundTrip()
  t.equal(app.realtime.hub.subscriptions, 0)
  t.equal(client.socket.protocol, '')
  assertKnown(t, client.messages)
})

t.test('PING, TIME_SYNC, RECONNECT and REQUEST_SYNC are answered', async (t) => {
  const { app, clock } = await setUp(t)
  const { id } = await startSession(app)
  const client = await watch(t, app, id)
  await client.until('STATE_SYNC')
  client.send({ type: 'PING', more: 'is ignored' })
  t.strictSame(await client.until('PONG'), { type: 'PONG', timestamp: clock.now() })
  client.send({ type: 'TIME_SYNC', t0: 1.5 })
  t.strictSame(await client.until('TIME_SYNC'), {
    type: 'TIME_SYNC',
    t0: 1.5,
    t1: clock.precise(),
    t2: clock.precise(),
  })
  client.send({ type: 'RECONNECT', last_version: 2 })
  t.match(await client.until('STATE_SYNC'), { sessionId: id, version: 2 })
  client.send({ type: 'REQUEST_SYNC', sessionId: id })
  t.match(await client.until('STATE_SYNC'), { sessionId: id, version: 2 })
  const other = await startSession(app)
  client.send({ type: 'RECONNECT', sessionId: other.id })
  t.match(await client.until('STATE_SYNC'), { sessionId: other.id, version: 2 })
  const absent = randomUUID()
  client.send({ type: 'RECONNECT', sessionId: absent })
  t.match(await client.until('ERROR'), { code: 'SESSION_NOT_FOUND', sessionId: absent })
  await call(app, 'POST', `${other.url}/switch`)
  await client.roundTrip()
  t.notOk(
    client.messages.some(({ type }) => type === 'STATE_UPDATE'),
    'asking once is not subscribing',
  )
  assertKnown(t, client.messages)
})

t.test('RECONNECT to a session that is not there is answered with SESSION_NOT_FOUND', async (t) => {
  const { app } = await setUp(t)
  const client = await watch(t, app, randomUUID())
  client.send({ type: 'RECONNECT' })
  const { code, message, error } = await client.until('ERROR')
  t.equal(code, 'SESSION_NOT_FOUND')
  t.equal(error, message)
})

t.test('one socket watches many sessions, as many as it may', async (t) => {
  const { app } = await setUp(t, { WS_MAX_SESSIONS_PER_SOCKET: 3 })
  const [one, two] = [await startSession(app), await startSession(app)]
  const later = newSession()
  const client = await watch(t, app, one.id)
  await client.until('STATE_SYNC')
  client.send({ type: 'SUBSCRIBE', sessionId: two.id })
  t.match(await client.until('STATE_SYNC'), { sessionId: two.id, version: 2 })
  client.send({ type: 'SUBSCRIBE', sessionId: later.session_id })
  t.match(await client.until('ERROR'), { code: 'SESSION_NOT_FOUND', sessionId: later.session_id })
  client.send({ type: 'SUBSCRIBE', sessionId: randomUUID() })
  t.match(await client.until('ERROR'), { code: 'SUBSCRIPTION_LIMIT_EXCEEDED' })
  client.send({ type: 'SUBSCRIBE', sessionId: two.id })
  t.match(await client.until('STATE_SYNC'), { sessionId: two.id }, 'again: answered again')

  await call(app, 'POST', '/v1/sessions', later)
  t.match(await client.until('STATE_UPDATE'), { sessionId: later.session_id, version: 1 })
  await call(app, 'POST', `${two.url}/switch`)
  t.match(await client.until('STATE_UPDATE'), { sessionId: two.id, version: 3 })
  await call(app, 'DELETE', two.url)
  t.match(await client.until('SESSION_DELETED'), { sessionId: two.id })
  await client.roundTrip()

  client.send({ type: 'UNSUBSCRIBE', sessionId: later.session_id })
  await client.roundTrip()
  await call(app, 'POST', `/v1/sessions/${later.session_id}/start`)
  await call(app, 'POST', `${one.url}/switch`)
  t.match(await client.until('STATE_UPDATE'), { sessionId: one.id }, 'and nothing of the other')
  assertKnown(t, client.messages)
})

t.test('two hundred sessions can be subscribed to at once', async (t) => {
  const { app } = await setUp(t)
  const { id } = await startSession(app)
  const client = await watch(t, app, id)
  const ids = Array.from({ length: 200 }, () => randomUUID())
  for (const sessionId of ids) client.send({ type: 'SUBSCRIBE', sessionId })
  for (const sessionId of ids) await client.until((m) => m.sessionId === sessionId)
  t.ok(client.messages.slice(2).every(({ code }) => code === 'SESSION_NOT_FOUND'))
  client.socket.close()
  await client.closed
  t.equal(app.realtime.hub.subscriptions, 0, 'and all of them end with the socket')
  t.equal(app.realtime.hub.keys, 0)
})

t.test('whatever is not a message gets an ERROR, and the socket stays open', async (t) => {
  const { app } = await setUp(t)
  const client = await watch(t, app, randomUUID())
  const id = randomUUID()
  const cases: [string | Buffer, object][] = [
    ['{"type":', { code: 'INVALID_MESSAGE' }],
    ['', { code: 'INVALID_MESSAGE' }],
    ['null', { code: 'INVALID_MESSAGE' }],
    ['[]', { code: 'INVALID_MESSAGE' }],
    ['['.repeat(60_000), { code: 'INVALID_MESSAGE' }],
    [Buffer.from('{"type":"PING"}'), { code: 'INVALID_MESSAGE', message: /text frames/ }],
    ['{}', { code: 'UNKNOWN_MESSAGE_TYPE', message: /PING/ }],
    ['{"type":"__proto__"}', { code: 'UNKNOWN_MESSAGE_TYPE' }],
    [JSON.stringify({ type: 'HELLO', sessionId: id }), { code: 'UNKNOWN_MESSAGE_TYPE', sessionId: id }],
    ['{"type":"TIME_SYNC"}', { code: 'VALIDATION_ERROR', message: /t0/ }],
    ['{"type":"TIME_SYNC","t0":"1"}', { code: 'VALIDATION_ERROR', message: /t0/ }],
    ['{"type":"SUBSCRIBE","sessionId":"x"}', { code: 'VALIDATION_ERROR', message: /sessionId/ }],
    ['{"type":"RECONNECT","last_version":-1}', { code: 'VALIDATION_ERROR', message: /last_version/ }],
  ]
  for (const [data, expected] of cases) {
    client.socket.send(data)
    t.match(await client.until('ERROR'), expected, data.toString().slice(0, 60))
  }
  await client.roundTrip()
  assertKnown(t, client.messages)
})

t.test('what is no upgrade finds nothing there', async (t) => {
  const { app } = await setUp(t)
  const base = `http://${await listen(app)}`
  const response = await fetch(`${base}/ws?sessionId=${randomUUID()}`)
  t.equal(response.status, 404)
  t.match(await response.json(), { error: { code: 'NOT_FOUND' } })
  t.equal((await fetch(`${base}/ws`, { method: 'HEAD' })).status, 404)
})

t.test('sockets, subscriptions and messages are counted', async (t) => {
  const { app } = await setUp(t)
  const client = await watch(t, app, randomUUID())
  await client.roundTrip()
  const { body } = await call(app, 'GET', '/metrics')
  t.match(body, /^synckairos_sockets\{transport="ws"\} 1$/m)
  t.match(body, /^synckairos_sockets\{transport="sse"\} 0$/m)
  t.match(body, /^synckairos_realtime_subscriptions 1$/m)
  t.match(body, /^synckairos_realtime_messages_total\{direction="in"\} 1$/m)
  t.match(body, /^synckairos_realtime_messages_total\{direction="out"\} 2$/m)
  t.match(body, /^synckairos_realtime_slow_readers_total 0$/m)
})

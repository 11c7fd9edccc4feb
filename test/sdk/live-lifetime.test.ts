import t from 'tap'
import { calm, createFakeStreams, idOf } from './live-fakes.ts'
import { ID, record, setUp } from './live-set-up.ts'

t.test('an iterator gives the newest confirmed state, and ends with the session', async (t) => {
  const { open, greet, sync, update, deleted, model } = setUp(t)
  const session = await open()
  greet()
  sync(model.session)
  const seen: number[] = []
  const read = (async () => {
    for await (const { version } of session) {
      seen.push(version)
      if (version === 1) for (let i = 0; i < 3; i++) update(model.do({ type: i === 0 ? 'start' : 'switch' }))
    }
  })()
  await calm()
  t.same(seen, [1, 4], 'a slow reader gets the newest')
  void session.switch().catch(() => {})
  await calm()
  t.equal(session.state?.version, 5)
  t.same(seen, [1, 4], 'what is not confirmed is not given')
  deleted(6)
  await read
  for await (const _ of session) t.fail('nothing comes after the end')
})

t.test('an iterator that is left leaves nothing behind, and close() ends the others', async (t) => {
  const { open, greet, sync, model } = setUp(t)
  const session = await open()
  greet()
  sync(model.session)
  for await (const { version } of session) {
    t.equal(version, 1)
    break
  }
  const iterator = session[Symbol.asyncIterator]()
  await iterator.next()
  const last = iterator.next()
  session.close()
  t.same(await last, { done: true, value: undefined })
  t.equal(session.status, 'closed')
})

t.test('the same id is the same session until it was closed as often as it was opened', async (t) => {
  const { live, open, greet, sync, update, model, time, last } = setUp(t)
  const session = await open()
  t.equal(live.session(ID), session)
  greet()
  sync(model.session)
  session.close()
  t.equal(session.status, 'live')
  session.close()
  session.close()
  t.equal(session.status, 'closed')
  const told = record(session)
  update(model.do({ type: 'start' }))
  t.same(told, [])
  await t.rejects(session.pause(), { code: 'CLOSED' })
  const another = live.session(ID)
  t.not(another, session)
  session.close()
  t.equal(another.status, 'loading')
  time.advance(2000)
  t.notOk(last().given_up)
})

t.test('what cannot be the id of a session is refused at once', async (t) => {
  const { live, fake } = setUp(t)
  for (const id of ['', 'x', `${ID}x`, undefined as never])
    t.throws(() => live.session(id), { code: 'INVALID_ID' })
  t.equal(fake.sockets.length, 0)
})

t.test('200 sessions share one socket, and a frame concerns nobody but its own', async (t) => {
  const { live, greet, last, fake, model } = setUp(t)
  const told: number[] = []
  const sessions = Array.from({ length: 200 }, (_, n) => live.session(idOf(n)))
  await calm()
  for (const [n, session] of sessions.entries()) session.on('change', () => void told.push(n))
  greet()
  told.length = 0
  for (const [n] of sessions.entries()) {
    const state = { ...model.session, session_id: idOf(n) }
    last().say({ type: 'STATE_SYNC', sessionId: idOf(n), timestamp: 0, version: 1, state })
  }
  t.equal(fake.sockets.length, 1)
  t.ok(sessions.every(({ status }) => status === 'live'))
  t.same([...new Set(told)].length, 200)
  t.ok(told.length <= 400, `${told.length} changes`)
})

t.test('a listener that throws harms nobody else, and is not kept quiet', async (t) => {
  const { open, greet, sync, model } = setUp(t)
  const session = await open()
  session.on('update', () => {
    throw new Error('my own fault')
  })
  const told = record(session)
  const off = session.on('update', () => t.fail('was taken off'))
  off()
  off()
  greet()
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
  sync(model.session)
  t.same(told, ['1 pending'])
  t.match(await thrown, { message: 'my own fault' })
})

t.test('a session stays live when a socket takes the place of its stream', async (t) => {
  const streams = createFakeStreams(() => Response.json({}))
  const { open, greet, last, model, time, sync, fake } = setUp(t, {}, streams.fetch)
  const session = await open()
  for (const wait of [1000, 2000]) {
    last().drop()
    t.equal(session.status, 'offline')
    time.advance(wait)
  }
  await calm()
  streams.streams[0]?.say({
    type: 'STATE_SYNC',
    sessionId: ID,
    timestamp: 0,
    version: 1,
    state: model.session,
  })
  await calm()
  t.match(session, { status: 'live', connection: { transport: 'sse' } })
  const seen: string[] = []
  session.on('change', () => void seen.push(session.status))
  for (let i = 0; i < 6; i++) {
    time.advance(10_000)
    streams.streams[0]?.comment()
    await calm()
  }
  t.equal(fake.sockets.length, 3)
  greet()
  t.equal(session.connection.transport, 'websocket')
  sync(model.do({ type: 'start' }))
  t.equal(session.state?.version, 2)
  t.same([...new Set(seen)], ['live'])
})

t.test('close() of the client closes its sessions', async (t) => {
  const { live, open, greet, sync, model, time } = setUp(t)
  const session = await open()
  const seen: string[] = []
  live.on('connection', ({ status }) => void seen.push(status))
  greet()
  sync(model.session)
  live.close()
  t.equal(session.status, 'closed')
  t.equal(live.connection.status, 'closed')
  t.same(seen, ['live', 'closed'])
  await calm()
  t.equal(time.waiting, 0)
  t.throws(() => live.session(ID), { code: 'CLIENT_CLOSED' })
})

t.test('a client that is closed before it has connected connects no more', async (t) => {
  const { live, fake } = setUp(t)
  const session = live.session(ID)
  t.equal(live.connection.status, 'connecting')
  const seen: string[] = []
  live.on('connection', ({ status }) => void seen.push(status))
  live.close()
  await calm()
  t.equal(fake.sockets.length, 0)
  t.equal(session.status, 'closed')
  t.same(seen, ['closed'])
})

t.test('after a sleep of the machine the time is asked for anew', async (t) => {
  const { open, greet, sync, last, model, time } = setUp(t)
  const session = await open()
  greet()
  sync(model.session)
  await calm()
  const asked = () => last().sent.filter((text) => text.includes('TIME_SYNC')).length
  const before = asked()
  time.sleep(600_000)
  time.advance(5000)
  await calm()
  t.equal(asked(), before + 1)
  t.equal(session.status, 'live')
})

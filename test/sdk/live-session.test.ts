import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { SyncKairosError } from '../../sdk/errors.ts'
import { createSessionRecord } from '../../sdk/session-record.ts'
import type { Session } from '../../sdk/types.ts'
import { A, B, createModel, ID, record, running, setUp } from './live-set-up.ts'

const notFound = new SyncKairosError('not_found', 'SESSION_NOT_FOUND', 'gone', { status: 404 })

t.test('a session is loading, then live, and tells of each newer state', async (t) => {
  const { open, greet, sync, update, model, time } = setUp(t)
  const session = await open()
  const told = record(session)
  t.match(session, {
    id: ID,
    status: 'loading',
    state: null,
    confirmed: null,
    pending: false,
    updated_at: null,
  })
  t.equal(session.remaining(A), 0)
  t.equal(session.elapsed(), 0)
  greet()
  t.equal(session.status, 'loading')
  sync(model.session)
  t.equal(session.status, 'live')
  update(model.do({ type: 'start' }))
  t.equal(session.state?.active_participant_id, A)
  t.equal(session.confirmed, session.state)
  t.equal(session.updated_at, time.now())
  time.advance(1500)
  t.equal(session.remaining(A), 58_500)
  t.equal(session.remaining(B), 60_000)
  t.equal(session.used(A), 1500)
  t.equal(session.elapsed(), 1500)
  t.same(told, ['1 pending', '2 running'])
})

t.test('what is older than what is known changes nothing', async (t) => {
  const { open, greet, sync, update, deleted, model } = setUp(t)
  const session = await open()
  const told = record(session)
  const [first, second, third] = [model.session, model.do({ type: 'start' }), model.do({ type: 'switch' })]
  greet()
  sync(second)
  update(first)
  update(second)
  deleted(2)
  update(third)
  update(second)
  t.same(told, ['2 running', '3 running'])
})

t.test('in whatever order states and deletions arrive, the newest stays', async () => {
  let now = Date.UTC(2026, 0, 1)
  const model = createModel(() => now)
  const lives: Session[][] = [0, 2, 0].map((forgotten) => {
    now += 1000
    const first = model.recreate(forgotten === 2 ? 1 : undefined)
    return [first, model.do({ type: 'start' }), model.do({ type: 'switch' })]
  })
  const all = lives.flat()
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: 1 }), (arrived) => {
      const record = createSessionRecord()
      const newest = { position: '' }
      for (const session of arrived) {
        const position = `${session.created_at} ${String(session.version).padStart(9, '0')}`
        deepStrictEqual(record.accept(session), position > newest.position)
        if (position > newest.position) newest.position = position
        deepStrictEqual(record.confirmed?.created_at, newest.position.split(' ')[0])
      }
    }),
  )
})

t.test('a session that does not exist yet becomes live when it is created', async (t) => {
  const { open, greet, error, update, model } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  error('SESSION_NOT_FOUND')
  error('SESSION_NOT_FOUND')
  t.equal(session.status, 'missing')
  update(model.session)
  t.equal(session.status, 'live')
  t.same(told, ['missing', '1 pending'])
})

t.test('a deleted session is gone, until it is created anew', async (t) => {
  const { open, greet, sync, update, deleted, model, time } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  sync(model.session)
  deleted(2)
  deleted(2)
  t.match(session, { status: 'deleted', state: null, confirmed: null })
  time.advance(1000)
  update(model.recreate())
  t.equal(session.status, 'live')
  deleted(4)
  time.advance(1000)
  update(model.recreate(1))
  t.same(
    told,
    ['1 pending', 'deleted', '3 pending', 'deleted', '1 pending'],
    'also by a server that has forgotten it',
  )
})

t.test('a session that went while nobody was connected is deleted, too', async (t) => {
  const { open, greet, sync, error, last, model, time } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  sync(model.session)
  last().drop()
  t.equal(session.status, 'offline')
  t.equal(session.state?.version, 1, 'what is known stays')
  time.advance(1000)
  greet()
  t.equal(session.status, 'offline', 'until the server has said that it is still so')
  error('SESSION_NOT_FOUND')
  t.equal(session.status, 'deleted')
  t.same(told, ['1 pending', 'deleted'])
})

t.test('that a session is not there is not believed of one that has just been heard of', async (t) => {
  const { open, greet, error, call, model } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  const started = session.start()
  await call('start').answer(model.do({ type: 'start' }))
  await started
  error('SESSION_NOT_FOUND')
  t.equal(session.status, 'live', 'the answer to a question from before it was created')
  await call('get').answer(model.session)
  t.same(told, ['2 running'])
  error('SESSION_NOT_FOUND')
  await call('get').fail(notFound)
  t.same(told, ['2 running', 'deleted'])
})

t.test('the same state again makes a session live that had been away', async (t) => {
  const { open, greet, sync, last, model, time } = setUp(t)
  const session = await open()
  const told = record(session)
  let changes = 0
  session.on('change', () => void changes++)
  greet()
  sync(model.session)
  last().drop()
  time.advance(1000)
  greet()
  const before = changes
  sync(model.session)
  t.equal(session.status, 'live')
  t.equal(changes, before + 1)
  t.same(told, ['1 pending'])
})

t.test('that a clock ran out is told once, by the server', async (t) => {
  const { open, greet, sync, update, last, model, time, pass } = setUp(t)
  const session = await open()
  const told = record(session)
  model.do({ type: 'start' })
  greet()
  sync(model.session)
  pass(61_000)
  t.equal(session.remaining(A), 0)
  t.same(told, ['2 running'])
  update(model.settle())
  update(model.settle())
  last().drop()
  time.advance(1000)
  greet()
  sync(model.session)
  update(model.do({ type: 'switch' }))
  t.same(told, ['2 running', '3 running', 'A expired', '4 running'])
})

t.test('every turn that ran out is told of, also where the next one begins with a full clock', async (t) => {
  const { open, greet, sync, update, model, time } = setUp(t, {
    sync_mode: 'per_cycle',
    auto_advance: true,
    participants: [{ participant_id: A, participant_index: 0, total_time_ms: 1000 }],
  })
  const told = record(await open())
  model.do({ type: 'start' })
  greet()
  sync(model.session)
  for (let i = 0; i < 2; i++) {
    time.advance(1000)
    update(model.settle())
  }
  t.same(told, ['2 running', '3 running', 'A expired', '4 running', 'A expired'])
})

t.test('what had run out before the first state is no news', async (t) => {
  const { open, greet, sync, model, pass } = setUp(t)
  const told = record(await open())
  model.do({ type: 'start' })
  greet()
  pass(61_000)
  model.settle()
  sync(model.session)
  t.same(told, ['3 running'])
})

t.test('a subscription that the server could not serve is asked for again, later', async (t) => {
  const { open, greet, error, sync, last, model, time } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  const asked = () => last().sent.filter((text) => text.includes('"SUBSCRIBE"')).length
  error('STORE_UNAVAILABLE')
  time.advance(1000)
  t.equal(asked(), 2)
  error('STORE_UNAVAILABLE')
  time.advance(2000)
  t.equal(asked(), 3)
  sync(model.session)
  t.equal(session.status, 'live')
  t.same(told, ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', '1 pending'])
})

t.test('refused credentials are told, and end who waits for the next state', async (t) => {
  const { open, greet, last } = setUp(t)
  const session = await open()
  const told = record(session)
  greet()
  const next = session[Symbol.asyncIterator]().next()
  last().drop(4001)
  t.equal(session.status, 'denied')
  t.same(told, ['UNAUTHORIZED'])
  await t.rejects(next, { code: 'UNAUTHORIZED' })
})

t.test('refused credentials are told apart from an absence, also when the state is known', async (t) => {
  const { session, told, live, last, time, fake } = await running(t)
  last().drop()
  t.match(session, { status: 'offline', connection: { status: 'offline', denied: false } })
  time.advance(1000)
  last().drop(4001)
  const denied = { status: 'offline', denied: true, code: 'UNAUTHORIZED', retry_at: null }
  t.match(session, { status: 'denied', state: { version: 2 }, connection: denied })
  t.match(live.connection, denied)
  time.advance(600_000)
  t.match([session.status, fake.sockets.length], ['denied', 2])
  t.same(told, ['UNAUTHORIZED'])
})

t.test('refresh() reads the session by HTTP, and an older answer changes nothing', async (t) => {
  const { open, greet, sync, update, call, model } = setUp(t)
  const session = await open()
  const told = record(session)
  const first = model.session
  greet()
  sync(first)
  const refreshed = session.refresh()
  update(model.do({ type: 'start' }))
  await call('get').answer(first)
  await refreshed
  t.same(told, ['1 pending', '2 running'])
  const unreachable = new SyncKairosError('network', 'NETWORK_ERROR', 'away')
  const failing = t.rejects(session.refresh(), unreachable)
  await call('get').fail(unreachable)
  await failing
  const gone = session.refresh()
  await call('get').fail(notFound)
  await gone
  t.equal(session.status, 'deleted')
})

t.test('that refresh() finds nothing is not believed of what arrived meanwhile', async (t) => {
  const { open, greet, update, call, model } = setUp(t)
  const session = await open()
  greet()
  const refreshed = session.refresh()
  update(model.session)
  await call('get').fail(notFound)
  await refreshed
  t.equal(session.status, 'live')
})

t.test('whoever can be read while the socket is away has it tried again', async (t) => {
  const { open, greet, call, last, fake, model } = setUp(t)
  const session = await open()
  greet()
  last().drop()
  const refreshed = session.refresh()
  await call('get').answer(model.session)
  await refreshed
  t.equal(fake.sockets.length, 2)
  t.equal(session.state?.version, 1)
})

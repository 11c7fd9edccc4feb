import t from 'tap'
import { SyncKairosError } from '../../sdk/errors.ts'
import type { Session, SwitchResult } from '../../sdk/types.ts'
import { calm } from './live-fakes.ts'
import { A, B, ID, record, setUp } from './live-set-up.ts'

const away = new SyncKairosError('network', 'NETWORK_ERROR', 'away')
const conflict = new SyncKairosError('conflict', 'CONFLICT', 'somebody was first', { status: 409 })

const resultOf = (session: Session): SwitchResult => {
  const { session_id, version, active_participant_id, cycle_started_at, participants, status } = session
  return { session_id, version, active_participant_id, cycle_started_at, participants, status }
}

/** A session that runs, and is live. */
async function running(t: Parameters<typeof setUp>[0]) {
  const set = setUp(t)
  const session = await set.open()
  set.greet()
  set.model.do({ type: 'start' })
  set.sync(set.model.session)
  return { ...set, session, told: record(session) }
}

t.test('a command shows its effect at once, and again when it is confirmed', async (t) => {
  const { session, told, call, model, time } = await running(t)
  time.advance(1000)
  const paused = session.pause()
  t.equal(session.state?.status, 'paused')
  t.equal(session.state?.participants[0]?.time_remaining_ms, 59_000)
  t.equal(session.confirmed?.status, 'running')
  t.equal(session.pending, true)
  await call('pause').answer(model.do({ type: 'pause' }))
  t.match(await paused, { status: 'paused', version: 3 })
  t.equal(session.pending, false)
  t.equal(session.state, session.confirmed)
  t.same(told, ['3 paused, optimistic', '3 paused'])
})

t.test('what is refused is taken back, to the newest that was confirmed', async (t) => {
  const { session, told, call, model, update } = await running(t)
  const switched = session.switch()
  t.equal(session.state?.active_participant_id, B)
  const refused = t.rejects(switched, { code: 'CONFLICT' })
  await call('switch').fail(conflict)
  await refused
  t.equal(session.state?.active_participant_id, A)
  t.equal(session.pending, false)
  t.same(told, ['3 running, optimistic', '2 running, rolled back'])
  const again = t.rejects(session.pause(), { code: 'CONFLICT' })
  update(model.do({ type: 'switch' }))
  await call('pause').fail(conflict)
  await again
  t.equal(session.state?.version, 3)
  t.same(
    told.slice(2),
    ['3 paused, optimistic', '3 running'],
    'what a newer state has replaced is not taken back twice',
  )
})

t.test('what is predicted never outlives a newer confirmed state', async (t) => {
  const { session, told, call, model, update } = await running(t)
  const switched = session.switch()
  const others = model.do({ type: 'pause' })
  update(others)
  t.equal(session.state, session.confirmed)
  t.equal(session.state?.status, 'paused')
  t.equal(session.pending, true)
  const refused = t.rejects(switched, { code: 'CONFLICT' })
  await call('switch').fail(conflict)
  await refused
  t.same(told, ['3 running, optimistic', '3 paused'])
})

t.test('the frame of a switch may come before its answer, or after it', async (t) => {
  const { session, told, call, model, update, time, calls } = await running(t)
  const first = session.switch()
  const result = resultOf(model.do({ type: 'switch' }))
  update(model.session)
  t.equal(session.state?.active_participant_id, B, 'and not the one after')
  await call('switch').answer(result)
  await first
  t.equal(session.pending, false)
  const second = session.switch()
  const later = model.do({ type: 'switch' })
  await call('switch').answer(resultOf(later))
  t.match(await second, { version: 4 })
  t.equal(session.state?.active_participant_id, A)
  t.equal(session.pending, true, 'what was answered is not confirmed before it was seen')
  update(later)
  t.equal(session.pending, false)
  t.same(told, ['3 running, optimistic', '3 running', '4 running, optimistic', '4 running'])
  time.advance(2000)
  t.equal(calls.length, 2)
})

t.test('a frame that does not come is asked for', async (t) => {
  const { session, call, model, time } = await running(t)
  const switched = session.switch()
  const later = model.do({ type: 'switch' })
  await call('switch').answer(resultOf(later))
  await switched
  time.advance(1000)
  await call('get').answer(later)
  t.equal(session.confirmed?.version, 3)
  t.equal(session.pending, false)
})

t.test('commands are sent one after the other, and each is predicted on top of the one before', async (t) => {
  const { session, told, call, calls, model, update } = await running(t)
  const both = [session.switch(), session.pause()]
  t.equal(calls.length, 1)
  t.match(session.state, { version: 4, status: 'paused', active_participant_id: B })
  const switched = model.do({ type: 'switch' })
  update(switched)
  t.match(
    session.state,
    { version: 4, status: 'paused' },
    'the second was not sent yet, so it is not in there',
  )
  await call('switch').answer(resultOf(switched))
  t.same(
    calls.map(({ name }) => name),
    ['switch', 'pause'],
  )
  await call('pause').answer(model.do({ type: 'pause' }))
  await Promise.all(both)
  t.equal(session.pending, false)
  t.same(told, ['3 running, optimistic', '4 paused, optimistic', '4 paused, optimistic', '4 paused'])
})

t.test('a second command stands when the first is refused', async (t) => {
  const { session, call, model } = await running(t)
  const [switched, completed] = [session.switch(), session.complete()]
  const refused = t.rejects(switched, { code: 'CONFLICT' })
  await call('switch').fail(conflict)
  await refused
  t.match(session.state, { version: 3, status: 'completed' })
  await call('complete').answer(model.do({ type: 'complete' }))
  t.match(await completed, { status: 'completed' })
})

t.test('each command has one idempotency key, and the caller may give another and more', async (t) => {
  const { session, call, model } = await running(t)
  const first = session.switch({ current_participant_id: A }, { token: 'other' })
  t.match(call('switch'), { id: ID, turn: { current_participant_id: A }, options: { token: 'other' } })
  const { idempotency_key } = call('switch').options
  t.match(idempotency_key, /^[0-9a-f-]{36}$/)
  await call('switch').answer(resultOf(model.do({ type: 'switch' })))
  await first
  void session.switch({}, { idempotency_key: 'mine' }).catch(() => {})
  t.equal(call('switch').options.idempotency_key, 'mine')
})

t.test('nothing is predicted before the time is known, nor what would be refused', async (t) => {
  const set = setUp(t)
  const session = await set.open()
  set.last().open()
  set.last().say({ type: 'CONNECTED', sessionId: null, timestamp: 0 })
  set.sync(set.model.session)
  void session.start().catch(() => {})
  t.equal(session.state?.status, 'pending')
  t.equal(session.pending, true)
  const other = await running(t)
  void other.session.resume().catch(() => {})
  t.same(other.told, [])
})

t.test('a deletion is not predicted; it is told when it has happened', async (t) => {
  const { session, told, call, deleted } = await running(t)
  const deletion = session.delete()
  t.equal(session.state?.version, 2)
  deleted(3)
  await call('delete').answer()
  await deletion
  t.equal(session.status, 'deleted')
  t.same(told, ['deleted'])
})

t.test('a deletion that no frame tells of is asked for', async (t) => {
  const { session, call } = await running(t)
  const deletion = session.delete()
  await call('delete').answer()
  await call('get').fail(new SyncKairosError('not_found', 'SESSION_NOT_FOUND', 'gone'))
  await deletion
  t.equal(session.status, 'deleted')
})

t.test('without a connection what is safe waits, and goes in order when it is back', async (t) => {
  const { session, told, calls, call, last, time, greet, sync, model } = await running(t)
  last().drop()
  const turn = { current_participant_id: A, expected_version: 2 }
  const both = [session.switch(turn), session.pause()]
  await calm()
  t.equal(calls.length, 0)
  t.match(session.state, { version: 4, status: 'paused', active_participant_id: B })
  time.advance(1000)
  greet()
  sync(model.session)
  t.same(
    calls.map(({ name }) => name),
    ['switch'],
  )
  t.equal(session.status, 'offline', 'what is shown is not what the server has')
  const switched = model.do({ type: 'switch' })
  await call('switch').answer(resultOf(switched))
  sync(switched)
  t.equal(session.status, 'offline')
  await call('pause').answer(model.do({ type: 'pause' }))
  t.match(await Promise.all(both), [{ version: 3 }, { version: 4 }])
  t.equal(session.status, 'live')
  t.same(told, ['3 running, optimistic', '4 paused, optimistic', '4 paused, optimistic', '4 paused'])
})

t.test('without a connection what is not safe is refused at once', async (t) => {
  const { session, last, calls, told } = await running(t)
  last().drop()
  await t.rejects(session.switch(), { code: 'OFFLINE' })
  await t.rejects(session.switch({ expected_version: 2 }), { code: 'OFFLINE' })
  await t.rejects(session.switch({ current_participant_id: A }), { code: 'OFFLINE' })
  await t.rejects(session.delete(), { code: 'OFFLINE' })
  t.equal(calls.length, 0)
  t.same(told, [])
})

t.test('what could not be sent within 30 s is dropped and taken back', async (t) => {
  const { session, last, told, time, calls } = await running(t)
  last().drop()
  const paused = t.rejects(session.pause(), { code: 'OFFLINE', message: /30 s/ })
  time.advance(29_999)
  t.equal(session.state?.status, 'paused')
  time.advance(1)
  await paused
  t.equal(session.pending, false)
  t.equal(calls.length, 0)
  t.same(told, ['3 paused, optimistic', '2 running, rolled back'])
})

t.test('a held switch that has become wrong is refused by the server, and not shown any more', async (t) => {
  const { session, last, time, greet, sync, call, model } = await running(t)
  last().drop()
  const switched = session.switch({ current_participant_id: A, expected_version: 2 })
  time.advance(1000)
  greet()
  sync(model.do({ type: 'switch' }))
  t.match(session.state, { version: 3, active_participant_id: B })
  const refused = t.rejects(switched, { code: 'CONFLICT' })
  await call('switch').fail(conflict)
  await refused
  t.equal(session.status, 'live')
})

t.test('a command whose answer was lost with the connection is sent again, with its key', async (t) => {
  const { session, last, time, greet, sync, calls, call, model } = await running(t)
  const paused = session.pause()
  const done = model.do({ type: 'pause' })
  last().drop()
  await call('pause').fail(away)
  t.equal(session.pending, true)
  time.advance(1000)
  greet()
  sync(done)
  t.match(session.state, { version: 3, status: 'paused' })
  t.equal(calls.length, 2)
  t.equal(calls[0]?.options.idempotency_key, calls[1]?.options.idempotency_key)
  await call('pause').answer(done)
  t.match(await paused, { version: 3 })
  t.equal(session.status, 'live')
})

t.test('a command that failed while connected, or for good, is not kept', async (t) => {
  const { session, call, last } = await running(t)
  const first = t.rejects(session.pause(), { code: 'NETWORK_ERROR' })
  await call('pause').fail(away)
  await first
  const second = t.rejects(session.pause(), { code: 'CONFLICT' })
  last().drop()
  await call('pause').fail(conflict)
  await second
  const third = t.rejects(session.switch(), { code: 'OFFLINE' })
  await third
})

t.test('more commands than anybody means are refused', async (t) => {
  const { session, last } = await running(t)
  last().drop()
  for (let i = 0; i < 32; i++) session.complete().catch(() => {})
  await t.rejects(session.complete(), { code: 'QUEUE_FULL' })
})

t.test('a command that is called off while it waits is not sent', async (t) => {
  const { session, last, time, greet, sync, calls, model, told } = await running(t)
  last().drop()
  const controller = new AbortController()
  const paused = t.rejects(session.pause({ signal: controller.signal }), { code: 'ABORTED' })
  controller.abort()
  await paused
  time.advance(1000)
  greet()
  sync(model.session)
  t.equal(calls.length, 0)
  t.same(told, ['3 paused, optimistic', '2 running, rolled back'])
})

t.test('close() calls off what waits, and leaves alone what is under way', async (t) => {
  const { session, call, model } = await running(t)
  const [switched, paused] = [session.switch(), session.pause()]
  const dropped = t.rejects(paused, { code: 'CLOSED' })
  session.close()
  await dropped
  await call('switch').answer(resultOf(model.do({ type: 'switch' })))
  t.match(await switched, { version: 3 })
})

t.test('before the first connection commands go by HTTP alone', async (t) => {
  const { open, call, model } = setUp(t)
  const session = await open()
  const started = session.start()
  await call('start').answer(model.do({ type: 'start' }))
  t.match(await started, { status: 'running' })
  t.equal(session.state?.version, 2)
  t.equal(session.status, 'offline', 'known, but not followed yet')
})

import t from 'tap'
import { SyncKairosError } from '../../sdk/errors.ts'
import { A, B, ID, resultOf, running, setUp } from './live-set-up.ts'

const limited = new SyncKairosError('limited', 'RATE_LIMIT_EXCEEDED', 'too many', { retry_after_ms: 20_000 })
const conflict = new SyncKairosError('conflict', 'CONFLICT', 'somebody was first', { status: 409 })

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

t.test('a frame that does not come is asked for again when the server has no time for it', async (t) => {
  const { session, call, calls, model, pass, update } = await running(t)
  const switched = session.switch()
  const later = model.do({ type: 'switch' })
  await call('switch').answer(resultOf(later))
  await switched
  pass(1000)
  await call('get').fail(limited)
  t.equal(calls.length, 2)
  pass(19_900)
  t.equal(calls.length, 2, 'not before the server wants it')
  pass(100)
  await call('get').answer(later)
  t.equal(session.confirmed?.version, 3)

  const again = session.switch()
  const last = model.do({ type: 'switch' })
  await call('switch').answer(resultOf(last))
  await again
  pass(1000)
  await call('get').fail(limited)
  update(last)
  pass(60_000)
  t.equal(calls.length, 5, 'nor when it has come after all')
})

t.test('a command that meets a limit is taken back and told, also while the socket is away', async (t) => {
  const { session, told, call, last } = await running(t)
  for (const away of [false, true]) {
    const paused = t.rejects(session.pause(), limited)
    if (away) last().drop()
    await call('pause').fail(limited)
    await paused
    t.match([session.state?.status, session.pending], ['running', false])
  }
  t.same(told, [
    '3 paused, optimistic',
    '2 running, rolled back',
    '3 paused, optimistic',
    '2 running, rolled back',
  ])
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

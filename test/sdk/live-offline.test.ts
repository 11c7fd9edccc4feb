import t from 'tap'
import { SyncKairosError } from '../../sdk/errors.ts'
import { calm } from './live-fakes.ts'
import { A, B, resultOf, running, setUp } from './live-set-up.ts'

const away = new SyncKairosError('network', 'NETWORK_ERROR', 'away')
const conflict = new SyncKairosError('conflict', 'CONFLICT', 'somebody was first', { status: 409 })

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
  const paused = t.rejects(session.pause(), { code: 'OFFLINE', message: /^Not sent/ })
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

t.test(
  'what is sent again has the rest of its time, and is told to be unknown when that is over',
  async (t) => {
    const { session, last, time, greet, calls, call } = await running(t)
    const paused = t.rejects(session.pause(), { code: 'OUTCOME_UNKNOWN', message: /may have taken effect/ })
    last().drop()
    time.advance(600)
    await call('pause').fail(away)
    time.advance(400)
    greet()
    t.same(
      calls.map(({ options }) => options.within_ms),
      [30_000, 29_000],
    )
    last().drop()
    await call('pause').fail(away)
    t.equal(session.pending, true)
    time.advance(28_999)
    t.equal(session.pending, true)
    time.advance(1)
    await paused
    t.match(session, { pending: false, state: { status: 'running' } })
  },
)

t.test('a switch that names no version has 10 s, and does not wait for the connection', async (t) => {
  const { session, last, call, calls } = await running(t)
  const [first, second] = [session.switch(), session.switch()].map((it) => it.catch(({ code }) => code))
  const paused = session.pause()
  last().drop()
  t.equal(call('switch').options.within_ms, 10_000)
  await call('switch').fail(away)
  t.same([await first, await second], ['NETWORK_ERROR', 'OFFLINE'])
  t.match(session, { pending: true, state: { version: 3, status: 'paused', active_participant_id: A } })
  t.equal(calls.length, 1)
  paused.catch(() => {})
})

t.test('a caller may give a change more time, or less', async (t) => {
  const { session, call, last, time } = await running(t)
  void session.switch({}, { within_ms: 60_000 }).catch(() => {})
  t.equal(call('switch').options.within_ms, 60_000)
  last().drop()
  const paused = t.rejects(session.pause({ within_ms: 500 }), { code: 'OFFLINE' })
  time.advance(500)
  await paused
})

t.test('what was wanted before the machine slept is not sent after it', async (t) => {
  const { session, last, time, greet, sync, calls, model } = await running(t)
  last().drop()
  const paused = t.rejects(session.pause(), { code: 'OFFLINE' })
  time.sleep(600_000)
  time.advance(1000)
  greet()
  sync(model.session)
  await paused
  t.equal(calls.length, 0)
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
  t.equal(session.status, 'loading', 'known, but not followed yet')
})

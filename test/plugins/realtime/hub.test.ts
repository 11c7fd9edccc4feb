import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { DomainError } from '../../../engine/errors.ts'
import { eventId, type Position } from '../../../plugins/realtime/frames.ts'
import { createHub } from '../../../plugins/realtime/hub.ts'
import { sessionCodec } from '../../../plugins/realtime/session-codec.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { createFakeStore } from './fake-store.ts'
import { reader } from './reader.ts'

const key = (id: string) => ({ topic: 'sessions', id })
const notFound = { code: 'SESSION_NOT_FOUND' }

function setUp(t: Test) {
  const clock = createFakeClock()
  const store = createFakeStore()
  const hub = createHub({ store, clock })
  hub.register('sessions', sessionCodec)
  t.teardown(() => hub.close())
  return { clock, store, hub }
}

t.test('a reader gets the state, then each update, built once for all readers', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  const [one, two] = [reader(), reader()]
  await Promise.all([hub.subscribe(key('a'), one.sink).sync(), hub.subscribe(key('a'), two.sink).sync()])
  store.put('a', 2)
  store.put('a', 3)
  t.strictSame(one.got, ['SYNC 1', 'UPDATE 2', 'UPDATE 3'])
  t.strictSame(two.got, one.got)
  for (const [i, frame] of one.frames.entries()) t.equal(frame.text, two.frames[i]?.text, 'the same bytes')
  t.equal(store.watches, 1, 'one watch for both')
  const update = JSON.parse(one.frames[1]?.text.toString() ?? '')
  t.strictSame(update, {
    type: 'STATE_UPDATE',
    sessionId: 'a',
    timestamp: 2,
    version: 2,
    state: { version: 2 },
  })
  t.equal(
    one.frames[2]?.event.toString(),
    `id: ${eventId(store.keep('a', 3))}\ndata: ${one.frames[2]?.text}\n\n`,
    'the event carries the same JSON',
  )
  t.equal(one.frames[2]?.event, two.frames[2]?.event)
})

t.test('watches are counted: the last to leave ends the watch', async (t) => {
  const { store, hub } = setUp(t)
  const subscriptions = [1, 2].map(() => hub.subscribe(key('a'), reader().sink))
  const [one, two] = subscriptions
  await t.rejects(Promise.all(subscriptions.map((s) => s.sync())), notFound)
  t.strictSame([hub.keys, hub.subscriptions, store.watching], [1, 2, 1])
  one?.end()
  one?.end()
  t.strictSame([hub.keys, hub.subscriptions, store.watching], [1, 1, 1])
  two?.end()
  await setImmediate()
  t.strictSame([hub.keys, hub.subscriptions, store.watching], [0, 0, 0])
})

t.test('a watch that was given up before it was there is ended once it is', async (t) => {
  const { store, hub } = setUp(t)
  const release = store.hold()
  const subscription = hub.subscribe(key('a'), reader().sink)
  const synced = subscription.sync()
  subscription.end()
  release()
  await synced
  await setImmediate()
  t.equal(store.watching, 0)
})

t.test('without a state the answer is that it is missing, and the first update still arrives', async (t) => {
  const { store, hub } = setUp(t)
  const one = reader()
  await t.rejects(hub.subscribe(key('a'), one.sink).sync(), notFound)
  store.put('a', 1)
  t.strictSame(one.got, ['UPDATE 1'])
})

t.test('an update that comes between the read and its answer wins', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  const other = reader()
  await hub.subscribe(key('a'), other.sink).sync()
  const one = reader()
  const release = store.hold()
  const synced = hub.subscribe(key('a'), one.sink).sync()
  await setImmediate()
  store.put('a', 2)
  release()
  await synced
  t.strictSame(one.got, ['SYNC 2'])
  store.tell('a', { epoch: 1, version: 2, at: 2, document: '{}' })
  store.tell('a', { epoch: 1, version: 1, at: 1, document: '{}' })
  t.strictSame(one.got, ['SYNC 2'], 'what is older or the same is dropped')
})

t.test('a session that is created while the first reader asks for it is found', async (t) => {
  const { store, hub } = setUp(t)
  const other = hub.subscribe(key('a'), reader().sink)
  await t.rejects(other.sync(), notFound)
  const one = reader()
  const release = store.hold()
  const synced = hub.subscribe(key('a'), one.sink).sync()
  await setImmediate()
  store.put('a', 1)
  release()
  await synced
  t.strictSame(one.got, ['SYNC 1'])
})

t.test('a read that is ahead of its update makes that update a duplicate for this reader only', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  const [one, two] = [reader(), reader()]
  await hub.subscribe(key('a'), one.sink).sync()
  const update = store.keep('a', 2)
  await hub.subscribe(key('a'), two.sink).sync()
  store.tell('a', update)
  t.strictSame(one.got, ['SYNC 1', 'UPDATE 2'])
  t.strictSame(two.got, ['SYNC 2'])
})

t.test('sync() again repeats the state, but not the one that is known', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 4)
  const one = reader()
  const subscription = hub.subscribe(key('a'), one.sink)
  await subscription.sync(eventId(store.keep('a', 4)))
  t.strictSame(one.got, [])
  await subscription.sync(eventId({ ...store.keep('a', 4), document: 'another' }))
  await subscription.sync()
  t.strictSame(one.got, ['SYNC 4', 'SYNC 4'])
})

t.test('after a gap readers get what they missed, once, and nothing when they missed nothing', async (t) => {
  const { store, hub } = setUp(t)
  const readers = new Map(['same', 'newer', 'gone', 'never'].map((id) => [id, reader()]))
  for (const id of ['same', 'newer', 'gone']) store.keep(id, 1)
  for (const [id, { sink }] of readers)
    await hub
      .subscribe(key(id), sink)
      .sync()
      .catch(() => {})
  store.keep('newer', 7)
  store.forget('gone')
  store.gap()
  await setImmediate()
  t.strictSame(readers.get('same')?.got, ['SYNC 1'])
  t.strictSame(readers.get('newer')?.got, ['SYNC 1', 'SYNC 7'])
  t.strictSame(readers.get('gone')?.got, ['SYNC 1', 'DELETED 2'])
  t.strictSame(readers.get('never')?.got, [])
  store.tell('newer', { epoch: 1, version: 6, at: 6, document: '{}' })
  store.tell('gone', { epoch: 1, version: 4, at: 4, document: null })
  store.put('gone', 5)
  t.strictSame(readers.get('newer')?.got, ['SYNC 1', 'SYNC 7'])
  t.strictSame(readers.get('gone')?.got, ['SYNC 1', 'DELETED 2', 'UPDATE 5'])
})

t.test('a key that cannot be read after a gap is tried again until it can', async (t) => {
  const { store, hub, clock } = setUp(t)
  store.keep('a', 1)
  const one = reader()
  await hub.subscribe(key('a'), one.sink).sync()
  store.keep('a', 2)
  store.fail(new DomainError('unavailable', 'STORE_UNAVAILABLE', 'away'))
  store.gap()
  await setImmediate()
  clock.advance(500)
  await setImmediate()
  t.strictSame(one.got, ['SYNC 1'])
  store.fail(null)
  clock.advance(500)
  await setImmediate()
  t.strictSame(one.got, ['SYNC 1', 'SYNC 2'])
  const { reads } = store
  clock.advance(5000)
  await setImmediate()
  t.equal(store.reads, reads, 'and then no more')
})

t.test('an update that was lost without a gap is made good within a minute', async (t) => {
  const { store, hub, clock } = setUp(t)
  store.keep('a', 1)
  const one = reader()
  await hub.subscribe(key('a'), one.sink).sync()
  store.keep('a', 2)
  clock.advance(60_000)
  await setImmediate()
  t.strictSame(one.got, ['SYNC 1', 'SYNC 2'])
})

t.test('a watch that fails is reported, and the next subscription tries again', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  store.fail(new DomainError('unavailable', 'STORE_UNAVAILABLE', 'away'))
  const failed = hub.subscribe(key('a'), reader().sink)
  await t.rejects(failed.sync(), { code: 'STORE_UNAVAILABLE' })
  t.equal(hub.keys, 0)
  store.fail(null)
  const one = reader()
  await hub.subscribe(key('a'), one.sink).sync()
  failed.end()
  store.put('a', 2)
  t.strictSame(one.got, ['SYNC 1', 'UPDATE 2'])
})

t.test('a deletion is told to those who saw a state, and re-creation goes on above it', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  const [one, late] = [reader(), reader()]
  await hub.subscribe(key('a'), one.sink).sync()
  store.forget('a')
  await t.rejects(hub.subscribe(key('a'), late.sink).sync(), notFound)
  store.remove('a', 2)
  store.put('a', 3)
  store.put('a', 1, 2)
  t.strictSame(one.got, ['SYNC 1', 'DELETED 2', 'UPDATE 3', 'UPDATE 1'])
  t.strictSame(late.got, ['UPDATE 3', 'UPDATE 1'])
})

t.test(
  'reads that are asked for at the same time are one read, and begin after they were asked for',
  async (t) => {
    const { store, hub } = setUp(t)
    store.keep('a', 1)
    const readers = Array.from({ length: 1000 }, reader)
    await hub.subscribe(key('a'), reader().sink).sync()
    const release = store.hold()
    const first = hub.subscribe(key('a'), reader().sink).sync()
    await setImmediate()
    store.keep('a', 2)
    const all = readers.map(({ sink }) => hub.subscribe(key('a'), sink).sync())
    release()
    await Promise.all([first, ...all])
    t.equal(store.reads, 3)
    t.ok(readers.every(({ got }) => got.join() === 'SYNC 2'))
    t.equal(new Set(readers.map(({ frames }) => frames[0]?.text)).size, 1, 'all share the bytes')
  },
)

t.test('a broadcast to thousands leaves the event loop in between, and the newest overtakes', async (t) => {
  const { store, hub } = setUp(t)
  store.keep('a', 1)
  const readers = Array.from({ length: 1200 }, reader)
  await Promise.all(readers.map(({ sink }) => hub.subscribe(key('a'), sink).sync()))
  store.put('a', 2)
  t.equal(readers.filter(({ got }) => got.length === 2).length, 500, 'the first slice')
  store.put('a', 3)
  for (let i = 0; i < 10; i++) await setImmediate()
  const kinds = new Map(readers.map(({ got }) => [got.join(), 0]))
  for (const { got } of readers) kinds.set(got.join(), (kinds.get(got.join()) ?? 0) + 1)
  t.strictSame(Object.fromEntries(kinds), { 'SYNC 1,UPDATE 2,UPDATE 3': 500, 'SYNC 1,UPDATE 3': 700 })
})

t.test('in any order of arrival what a reader sees rises strictly and ends at the newest', async (t) => {
  const { store, hub } = setUp(t)
  const seen: Position[] = []
  await hub
    .subscribe(key('a'), ({ update }) => void seen.push(update))
    .sync()
    .catch(() => {})
  const updates = Array.from({ length: 500 }, (_, i) => ({
    epoch: 1 + Math.floor(i / 250),
    version: 1 + (i % 250),
    at: i,
    document: '{}',
  }))
  for (const update of updates.toSorted(() => Math.random() - 0.5)) store.tell('a', update)
  const order = seen.map(({ epoch, version }) => epoch * 1000 + version)
  t.strictSame(
    order,
    [...new Set(order)].toSorted((a, b) => a - b),
  )
  t.equal(order.at(-1), 2250)
})

t.test('a topic needs a codec, and has one', async (t) => {
  const { hub } = setUp(t)
  t.throws(() => hub.subscribe({ topic: 'other', id: 'a' }, () => {}), /No codec/)
  t.throws(() => hub.register('sessions', sessionCodec), /already/)
})

import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Heal } from '../../../plugins/realtime/channel.ts'
import { createHub } from '../../../plugins/realtime/hub.ts'
import { sessionCodec } from '../../../plugins/realtime/session-codec.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { createFakeStore } from './fake-store.ts'
import { reader } from './reader.ts'

const key = (id: string) => ({ topic: 'sessions', id })

function setUp(t: Test, heal: (store: ReturnType<typeof createFakeStore>) => Heal) {
  const store = createFakeStore()
  const hub = createHub({ store, clock: createFakeClock() })
  t.teardown(() => hub.close())
  hub.register('sessions', sessionCodec, heal(store))
  return { store, hub }
}

t.test('a store that has lost what was told is healed, at a gap and when somebody asks', async (t) => {
  const healed: [id: string, told: number][] = []
  const { store, hub } = setUp(t, (store) => async ({ id }, { version }) => {
    healed.push([id, version])
    store.put(id, version + 1)
  })
  const readers = new Map<string, ReturnType<typeof reader>>()
  for (const id of ['lost', 'replaced', 'whole']) {
    const one = reader()
    readers.set(id, one)
    store.keep(id, 8)
    await hub.subscribe(key(id), one.sink).sync()
    for (const version of [9, 10]) store.put(id, version)
  }
  store.keep('lost', 8)
  store.keep('replaced', 10, 1, '{"version":10,"other":true}')
  store.gap()
  await setImmediate()
  t.strictSame(healed, [
    ['lost', 10],
    ['replaced', 10],
  ])
  for (const id of ['lost', 'replaced'])
    t.strictSame(readers.get(id)?.got, ['SYNC 8', 'UPDATE 9', 'UPDATE 10', 'UPDATE 11'], id)
  t.strictSame(readers.get('whole')?.got, ['SYNC 8', 'UPDATE 9', 'UPDATE 10'])

  store.keep('whole', 9)
  const late = reader()
  await hub.subscribe(key('whole'), late.sink).sync()
  await setImmediate()
  t.strictSame(healed.at(-1), ['whole', 10])
  t.strictSame(late.got, ['SYNC 10', 'UPDATE 11'])
})

t.test('what is older because it was read before it was told is no loss', async (t) => {
  const { store, hub } = setUp(t, () => async () => void t.fail('nothing is lost'))
  store.keep('a', 1)
  const one = reader()
  await hub.subscribe(key('a'), one.sink).sync()
  const release = store.hold()
  store.gap()
  await setImmediate()
  store.put('a', 2)
  release()
  await setImmediate()
  t.strictSame(one.got, ['SYNC 1', 'UPDATE 2'])
})

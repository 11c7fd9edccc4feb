import t from 'tap'
import type { Reader } from '../../../plugins/realtime/channel.ts'
import { createHub } from '../../../plugins/realtime/hub.ts'
import { sessionCodec } from '../../../plugins/realtime/session-codec.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { createFakeStore } from './fake-store.ts'

const key = (id: string) => ({ topic: 'sessions', id })

const readerOf = (id: string): Reader => ({ id, name: null, transport: 'websocket', connected_at: 0 })

t.test('the hub knows who reads a key, and tells when that changes', async (t) => {
  const hub = createHub({ store: createFakeStore(), clock: createFakeClock() })
  hub.register('sessions', sessionCodec)
  t.teardown(() => hub.close())
  const told: string[] = []
  const ids = (of: string) => [...hub.readers(key(of))].map(({ id }) => id)
  hub.onReaders(({ id }) => void told.push(`${id}:${ids(id).join('')}`))

  const [one, two] = [readerOf('1'), readerOf('2')]
  const first = hub.subscribe(key('a'), () => {}, one)
  const second = hub.subscribe(key('a'), () => {}, two)
  const other = hub.subscribe(key('b'), () => {}, one)
  const nameless = hub.subscribe(key('a'), () => {})
  first.end()
  first.end()
  nameless.end()
  second.end()
  other.end()
  t.strictSame(told, ['a:1', 'a:12', 'b:1', 'a:2', 'a:', 'b:'])
  t.equal(hub.readers(key('never')).size, 0)
})

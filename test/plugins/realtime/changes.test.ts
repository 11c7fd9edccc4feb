import fc from 'fast-check'
import t from 'tap'
import { createHub } from '../../../plugins/realtime/hub.ts'
import { createOutlet, HIGH_WATER_BYTES } from '../../../plugins/realtime/outlet.ts'
import { createEvent, createPacket } from '../../../plugins/realtime/packet.ts'
import { sessionCodec } from '../../../plugins/realtime/session-codec.ts'
import { deltaOf } from '../../../plugins/realtime/session-delta.ts'
import type { Session } from '../../../schemas/session.ts'
import { applyDelta, statesOf } from '../../conformance/realtime-delta.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import type { Message } from '../../helpers/realtime.ts'
import { createFakeStore } from './fake-store.ts'

const key = { topic: 'sessions', id: 'a' }

const participant = (participant_id: string, time_used_ms = 0) => ({ participant_id, time_used_ms })

/** As much of a session as the difference of two looks at. */
const session = (fields: object) =>
  ({ version: 1, status: 'running', metadata: null, participants: [participant('p')], ...fields }) as Session

t.test('a reader of changes that lags for a while never builds on what it has not got', async (t) => {
  const history = fc.asyncProperty(
    fc.array(fc.constantFrom('change', 'change', 'stall', 'read on', 'lose', 'ask', 'delete'), {
      minLength: 5,
      maxLength: 60,
    }),
    async (steps) => {
      const store = createFakeStore()
      const clock = createFakeClock()
      const hub = createHub({ store, clock })
      hub.register('sessions', sessionCodec)
      const got: Message[] = []
      let buffered = 0
      const outlet = createOutlet({
        clock,
        delta: true,
        timeout_ms: 1000,
        buffered: () => buffered,
        write: (_, { text }) => got.push(JSON.parse(text.toString())),
        onStuck() {},
      })
      outlet.follow('sessions/a')
      let version = 1
      const document = () => JSON.stringify(session({ version, participants: [participant('p', version)] }))
      store.keep(key.id, version, 1, document())
      const subscription = hub.subscribe(key, outlet.offer)
      await subscription.sync()
      for (const step of steps) {
        if (step === 'stall') buffered = HIGH_WATER_BYTES + 1
        else if (step === 'ask') await subscription.sync().catch(() => {})
        else if (step === 'delete') store.remove(key.id, ++version)
        else if (step === 'lose') store.keep(key.id, ++version, 1, document())
        else if (step === 'change') {
          version++
          store.tell(key.id, store.keep(key.id, version, 1, document()))
        } else {
          buffered = 0
          outlet.flush()
        }
      }
      buffered = 0
      outlet.flush()
      version++
      store.tell(key.id, store.keep(key.id, version, 1, document()))
      t.strictSame(statesOf(got).get(version), JSON.parse(document()), steps.join())
      await hub.close()
    },
  )
  await fc.assert(history, { numRuns: 200 })
})

t.test(
  'a difference has the fields and participants that are new, and applied gives the later state',
  async (t) => {
    const before = session({
      participants: ['p', 'q', 'r'].map((id) => participant(id)),
      metadata: { a: [1] },
    })
    const after = session({
      version: 2,
      status: 'paused',
      participants: [participant('p'), participant('q', 5), participant('r')],
      metadata: { a: [1] },
    })
    const delta = deltaOf(before, after)
    t.strictSame(delta, { changes: { version: 2, status: 'paused' }, participants: [participant('q', 5)] })
    t.strictSame(applyDelta(before, delta as never), after)
    t.strictSame(deltaOf(before, session({ ...before, metadata: { a: [2] } }))?.changes, {
      metadata: { a: [2] },
    })
  },
)

t.test('what takes more than new values is no difference', async (t) => {
  const before = session({ participants: [participant('p'), participant('q')] })
  const { status: _, ...without } = before
  for (const after of [
    without as Session,
    session({ participants: [participant('p')] }),
    session({ participants: [participant('q'), participant('p')] }),
  ]) {
    t.equal(deltaOf(before, after), null)
  }
})

t.test('a packet says its length as RFC 6455 wants it, in bytes and not in characters', async (t) => {
  for (const [length, head] of [
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ] as const) {
    const { packet, text } = createPacket('x'.repeat(length))
    t.strictSame([...packet.subarray(0, head.length)], head, `${length}`)
    t.equal(packet.length, head.length + length)
    t.equal(text.toString(), 'x'.repeat(length))
  }
  t.strictSame([...createPacket('é').packet], [0x81, 2, 0xc3, 0xa9])
})

t.test('an event is the inside of its chunk', async (t) => {
  const { chunk, event } = createEvent('1-2', Buffer.from('{"é":1}'))
  t.equal(event.toString(), 'id: 1-2\ndata: {"é":1}\n\n')
  t.equal(chunk.toString(), `18\r\n${event}\r\n`)
})

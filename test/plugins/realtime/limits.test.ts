import t from 'tap'
import { DomainError } from '../../../engine/errors.ts'
import { createFrame, eventId, isNewer } from '../../../plugins/realtime/frames.ts'
import { createBudget, createTally } from '../../../plugins/realtime/limits.ts'
import { createOutlet, HIGH_WATER_BYTES } from '../../../plugins/realtime/outlet.ts'
import { closeFor, errorMessage } from '../../../plugins/realtime/protocol.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

t.test(
  'a budget grants twice its rate at once, fills up with time, and runs out for who goes on',
  async (t) => {
    const clock = createFakeClock()
    const budget = createBudget(clock, 2)
    const take = (times: number) => Array.from({ length: times }, () => budget.take())
    t.strictSame(take(4), Array(4).fill('granted'))
    t.strictSame(take(1), ['refused'])
    clock.advance(1000)
    t.strictSame(take(2), ['granted', 'refused'])
    clock.advance(60_000)
    t.strictSame(take(4), Array(4).fill('granted'))
    budget.refund()
    t.strictSame(take(1), ['granted'])
    t.strictSame(take(5), [...Array(4).fill('refused'), 'exhausted'])
    t.equal(createBudget(clock, 0).take(), 'granted', '0 is no limit')
  },
)

t.test('a tally knows each address, and forgets it', async (t) => {
  const tally = createTally(2, 'sockets')
  const [first] = [tally.add('a'), tally.add('a')]
  t.throws(() => tally.check('a'), { kind: 'limited', code: 'RATE_LIMIT_EXCEEDED' })
  tally.check('b')
  first?.()
  tally.check('a')
  createTally(0, 'sockets').check('a')
})

t.test('an outlet holds back all but the newest frame of each key, and knows how long', async (t) => {
  const clock = createFakeClock()
  const written: string[] = []
  let buffered = 0
  let stuck = 0
  const outlet = createOutlet({
    clock,
    delta: false,
    timeout_ms: 1000,
    buffered: () => buffered,
    write(frame) {
      written.push(frame.text.toString())
      buffered += HIGH_WATER_BYTES
    },
    onStuck: () => void stuck++,
  })
  const offer = (id: string, version: number) =>
    outlet.offer(
      createFrame({ topic: 't', id }, { epoch: 1, version, at: 0, document: '' }, `${id}${version}`),
    )
  offer('a', 1)
  t.notOk(outlet.lagging, 'the high-water mark itself is not over')
  offer('b', 1)
  t.ok(outlet.lagging)
  offer('a', 2)
  offer('c', 1)
  offer('a', 3)
  t.strictSame(written, ['a1', 'b1'])
  clock.advance(999)
  t.notOk(outlet.stuck)
  buffered = HIGH_WATER_BYTES
  outlet.flush()
  t.strictSame(written, ['a1', 'b1', 'a3'], 'the key that has waited longest')
  clock.advance(999)
  t.notOk(outlet.stuck, 'it took something meanwhile')
  clock.advance(1)
  t.ok(outlet.stuck)
  t.equal(stuck, 0)
  offer('c', 2)
  t.equal(stuck, 1)
  buffered = 0
  outlet.flush()
  t.strictSame(written, ['a1', 'b1', 'a3', 'c2'])
  t.notOk(outlet.lagging)
})

t.test(
  'positions compare by epoch, then version; an event id also tells states of one position apart',
  async (t) => {
    const [a, b, c] = [
      { epoch: 1, version: 9 },
      { epoch: 2, version: 1 },
      { epoch: 2, version: 2 },
    ]
    t.ok(isNewer(b, a) && isNewer(c, b) && isNewer(a, null))
    t.notOk(isNewer(a, a) || isNewer(a, b) || isNewer(b, c))
    const ids = ['{}', '{"other":1}', null].map((document) => eventId({ ...c, at: 0, document }))
    t.equal(new Set(ids).size, 3)
    t.equal(eventId({ ...c, at: 9, document: '{}' }), ids[0])
  },
)

t.test('failures reach a client without internals', async (t) => {
  t.strictSame(errorMessage(new Error('secret'), 1), {
    type: 'ERROR',
    code: 'INTERNAL_ERROR',
    message: 'Internal server error',
    error: 'Internal server error',
    timestamp: 1,
  })
  t.equal(closeFor(new Error('secret'))[0], 1011)
  const closes = [
    ['unavailable', 1013],
    ['limited', 4029],
    ['unauthorised', 4001],
    ['forbidden', 4003],
    ['invalid', 1008],
    ['internal', 1011],
  ] as const
  for (const [kind, code] of closes) t.equal(closeFor(new DomainError(kind, 'CODE', 'secret'))[0], code, kind)
})

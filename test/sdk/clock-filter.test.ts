import { ok } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { createClockFilter } from '../../sdk/clock-filter.ts'
import { createFakeTime } from './fake-time.ts'

/** A server whose clock is ahead of this machine's, and a network in between. */
function setUp({ ahead = 0, drift = 0 }: { ahead?: number; drift?: number } = {}) {
  const time = createFakeTime()
  const filter = createClockFilter(time)
  /** Of what the server's clock shows, that of this machine taken as never stepping. */
  let passed = 0
  const began = time.now()
  const pass = (ms: number) => {
    passed += ms
    time.advance(ms)
  }
  const truth = () => began + passed * (1 + drift) + ahead
  /** One exchange that takes `up` ms to the server and `down` ms back. */
  const exchange = (up: number, down: number, at_server = 0) => {
    const t0 = filter.local()
    pass(up)
    const t1 = truth()
    pass(at_server)
    const t2 = truth()
    pass(down)
    return filter.add({ t0, t1, t2, t3: filter.local() })
  }
  const error = () => filter.now() - truth()
  return { time, filter, pass, truth, exchange, error }
}

t.test('before anything was heard it is this machine that tells the time, and it says so', async (t) => {
  const { time, filter, pass } = setUp({ ahead: 5000 })
  t.equal(filter.synced, false)
  t.equal(filter.uncertainty, Number.POSITIVE_INFINITY)
  t.equal(filter.now(), time.now())
  pass(100)
  t.equal(filter.now(), time.now())
})

t.test('an equal delay in both directions costs nothing', async (t) => {
  for (const ahead of [-3_600_000, -20, 0, 20, 3_600_000]) {
    const { exchange, error, filter } = setUp({ ahead })
    t.ok(exchange(30, 30, 5))
    t.equal(error(), 0, `${ahead} ms ahead`)
    t.equal(filter.synced, true)
    t.equal(filter.offset, ahead)
    t.ok(filter.uncertainty >= 30 && filter.uncertainty < 30.1)
  }
})

t.test('of eight exchanges with 40 ms of jitter one way, the quickest decides', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 7, maxLength: 7 }),
      fc.double({ min: 0, max: 8, noNaN: true }),
      fc.nat({ max: 7 }),
      fc.boolean(),
      (delays, least, where, uphill) => {
        const { exchange, error, pass } = setUp({ ahead: 1234 })
        for (const delay of delays.toSpliced(where, 0, least)) {
          if (uphill) exchange(1 + delay, 1)
          else exchange(1, 1 + delay)
          pass(75)
        }
        // What the first ones got wrong is made good at 5 % of the time that passes.
        pass(500)
        ok(Math.abs(error()) < 5, `${error()} ms`)
      },
    ),
  )
  t.pass('less than 5 ms off')
})

t.test('the truth is never farther away than the uncertainty says', async (t) => {
  const delay = fc.double({ min: 0, max: 300, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(delay, delay, fc.nat({ max: 40_000 })), { minLength: 1, maxLength: 30 }),
      fc.constantFrom(-100e-6, 0, 40e-6, 100e-6),
      (exchanges, drift) => {
        const { exchange, error, filter, pass } = setUp({ ahead: -777, drift })
        for (const [up, down, wait] of exchanges) {
          exchange(up, down)
          pass(wait)
          ok(Math.abs(error()) <= filter.uncertainty + 0.01, `${error()} of ${filter.uncertainty}`)
        }
      },
    ),
  )
  t.pass('whatever the delays and the drift')
})

t.test('time never goes back, whatever the network, the wall clock and the server do', async (t) => {
  const move = fc.oneof(
    fc.record({
      up: fc.nat({ max: 2000 }),
      down: fc.nat({ max: 2000 }),
      server: fc.integer({ min: -5000, max: 5000 }),
    }),
    fc.record({ wait: fc.nat({ max: 5000 }) }),
    fc.record({ wall: fc.integer({ min: -4_000_000, max: 4_000_000 }) }),
  )
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { time, filter, exchange } = setUp()
      exchange(1, 1)
      let before = filter.now()
      for (const each of moves) {
        if ('wait' in each) time.advance(each.wait)
        else if ('wall' in each) time.sleep(each.wall)
        else {
          const at = filter.local()
          time.advance(each.up + each.down)
          const t1 = at + each.up + each.server
          filter.add({ t0: at, t1, t2: t1, t3: filter.local() })
        }
        const now = filter.now()
        ok(now >= before, `${now} after ${before}`)
        before = now
      }
    }),
  )
  t.pass('in no history')
})

t.test('a correction is spread: nobody sees time run more than 5 % faster or slower', async (t) => {
  for (const [up, down] of [
    [0, 40],
    [40, 0],
  ] as const) {
    const { exchange, filter, time, error } = setUp()
    exchange(up, down)
    exchange(0, 0)
    const off = Math.abs(error())
    t.equal(off, 20)
    let before = filter.now()
    for (let passed = 0; passed < 390; passed += 10) {
      time.advance(10)
      const now = filter.now()
      t.ok(now - before >= 9.499 && now - before <= 10.501, `${now - before} ms in 10`)
      before = now
    }
    time.advance(10)
    t.ok(Math.abs(filter.now() - time.now()) < 0.001, 'after 400 ms all of it is made good')
  }
})

t.test('after a sleep of the machine time leaps ahead at the first answer', async (t) => {
  const { exchange, filter, time } = setUp()
  for (let i = 0; i < 8; i++) exchange(0, 0)
  time.sleep(600_000)
  t.equal(time.now() - filter.now(), 600_000, 'the monotonic clock has slept, too')
  const t0 = filter.local()
  time.advance(60)
  filter.add({ t0, t1: time.now() - 30, t2: time.now() - 30, t3: filter.local() })
  t.equal(filter.now(), time.now(), 'though an answer before the sleep was quicker')
})

t.test('without answers the doubt grows, by the drift and by what the machine has slept', async (t) => {
  const { exchange, filter, time, pass, error } = setUp({ drift: 100e-6 })
  for (let i = 0; i < 8; i++) exchange(1, 1)
  const before = filter.uncertainty
  t.ok(before < 1.1)
  pass(60_000)
  t.ok(Math.abs(filter.uncertainty - before - 6) < 0.001, `${filter.uncertainty - before} ms in a minute`)
  pass(3_600_000)
  t.ok(Math.abs(error()) <= filter.uncertainty && filter.uncertainty < 400)
  time.sleep(600_000)
  t.ok(filter.uncertainty >= 600_000, 'by so much is it behind')
  exchange(1, 1)
  t.ok(filter.uncertainty < 400, 'until it was measured anew')
  time.sleep(1000)
  t.ok(filter.uncertainty < 400, 'a wall clock that was corrected a little is no sleep')
})

t.test('a server that is set back is followed at half speed', async (t) => {
  const { filter, time, exchange } = setUp()
  exchange(0, 0)
  for (let i = 0; i < 8; i++) {
    const at = filter.local()
    filter.add({ t0: at, t1: at - 10_000, t2: at - 10_000, t3: at })
  }
  const before = filter.now()
  time.advance(1000)
  t.equal(filter.now() - before, 500)
})

t.test('an exchange that cannot be is not believed', async (t) => {
  const { filter, exchange } = setUp()
  exchange(5, 5)
  const now = filter.local()
  t.notOk(filter.add({ t0: now, t1: Number.NaN, t2: now, t3: now }))
  t.notOk(filter.add({ t0: now, t1: now, t2: undefined as never, t3: now }))
  t.notOk(filter.add({ t0: now, t1: now, t2: now - 1, t3: now }), 'answered before it was asked')
  t.notOk(filter.add({ t0: now + 1, t1: now, t2: now, t3: now }), 'sent after it was received')
  t.notOk(filter.add({ t0: now - 60_000, t1: now, t2: now, t3: now }), 'a minute under way')
  t.equal(filter.offset, 0)
})

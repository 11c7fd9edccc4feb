import t, { type Test } from 'tap'
import { BATCH_LIMIT, type Consumer, createOutboxLoop } from '../../../plugins/outbox/loop.ts'
import type { Outbox, OutboxEntry } from '../../../plugins/store/outbox.ts'

const entry = (n: number): OutboxEntry => ({
  id: `e-${n}`,
  event: { topic: 'x', type: 'x.y', key: 'k', epoch: 1, version: n, at: 0, data: {} },
})

/** A drain is told from a pause by its length; it lasts until everything is handed over. */
const DRAIN_MS = 5001

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()))

/** An outbox in memory, a consumer that can fail, and sleeps that are only noted. */
function setUp(t: Test, count: number, options: { consume?: Consumer; hanging?: boolean } = {}) {
  const waiting = Array.from({ length: count }, (_, i) => entry(i + 1))
  const claimed = new Set<string>()
  const acknowledged: string[] = []
  const consumed: string[] = []
  const pauses: number[] = []
  let failing = 0
  let idle = Promise.withResolvers<void>()
  const outbox: Outbox = {
    async claim(limit) {
      const batch = waiting.filter(({ id }) => !claimed.has(id)).slice(0, limit)
      for (const { id } of batch) claimed.add(id)
      if (batch.length === 0) idle.resolve()
      // As a wait that is over: without a turn of the event loop nobody else would get one.
      if (batch.length === 0) await new Promise((resolve) => setImmediate(resolve))
      return batch
    },
    async acknowledge(entries) {
      for (const { id } of entries) {
        acknowledged.push(id)
        waiting.splice(waiting.findIndex((each) => each.id === id) >>> 0, 1)
      }
    },
    backlog: async () => waiting.length,
  }
  const consume: Consumer = async (entries) => {
    if (failing-- > 0) throw new Error('away')
    consumed.push(...entries.map(({ id }) => id))
  }
  const loop = createOutboxLoop({
    outbox,
    consumers: [options.consume ?? consume],
    async sleep(ms, signal) {
      if (ms === DRAIN_MS && !options.hanging) return until(signal)
      pauses.push(ms)
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  t.teardown(() => loop.stop(0))
  return {
    loop,
    waiting,
    acknowledged,
    consumed,
    pauses,
    fail: (times: number) => {
      failing = times
    },
    idle: () => {
      idle = Promise.withResolvers()
      return idle.promise
    },
  }
}

const ids = (count: number) => Array.from({ length: count }, (_, i) => `e-${i + 1}`)

t.test('everything is handed over in order and then acknowledged', async (t) => {
  const { loop, consumed, acknowledged, idle } = setUp(t, 2 * BATCH_LIMIT + 7)
  loop.start()
  await idle()
  t.strictSame(consumed, ids(2 * BATCH_LIMIT + 7))
  t.strictSame(acknowledged, consumed)
})

t.test('nothing is acknowledged before its consumer has it', async (t) => {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const { loop, acknowledged, idle } = setUp(t, 3, {
    consume: async () => {
      asked.resolve()
      await answer.promise
    },
  })
  loop.start()
  await asked.promise
  t.strictSame(acknowledged, [])
  answer.resolve()
  await idle()
  t.strictSame(acknowledged, ids(3))
})

t.test(
  'while the consumer fails the same batch is tried again, with growing pauses that differ',
  async (t) => {
    const { loop, consumed, pauses, fail, idle } = setUp(t, 3)
    fail(12)
    loop.start()
    await idle()
    t.strictSame(consumed, ids(3))
    const waits = pauses.slice(0, 12)
    t.ok(
      waits.every((ms, i) => ms >= Math.min(5000, 100 * 2 ** i) * 0.5 && ms <= Math.min(5000, 100 * 2 ** i)),
    )
  },
)

t.test('a stop drains what is there', async (t) => {
  const { loop, acknowledged, idle } = setUp(t, 0)
  loop.start()
  await idle()
  const more = setUp(t, 3 * BATCH_LIMIT)
  more.loop.start()
  await more.loop.stop(DRAIN_MS)
  t.equal(more.acknowledged.length, 3 * BATCH_LIMIT)
  await loop.stop(DRAIN_MS)
  t.strictSame(acknowledged, [])
})

t.test('a stop does not wait for a consumer that fails: the events stay', async (t) => {
  const { loop, waiting, acknowledged, fail } = setUp(t, 3)
  fail(Number.POSITIVE_INFINITY)
  loop.start()
  await loop.stop(DRAIN_MS)
  await loop.stop(DRAIN_MS)
  t.strictSame(acknowledged, [])
  t.equal(waiting.length, 3)
})

t.test('a stop leaves a consumer behind that hangs, and its batch in the outbox', async (t) => {
  const asked = Promise.withResolvers<void>()
  const { loop, acknowledged } = setUp(t, 3, {
    hanging: true,
    consume: () => {
      asked.resolve()
      return new Promise(() => {})
    },
  })
  loop.start()
  await asked.promise
  await loop.stop(DRAIN_MS)
  t.strictSame(acknowledged, [])
})

t.test('a stop ends when its time is over, however much is left', async (t) => {
  let now = 0
  const outbox: Outbox = {
    claim: async () => [entry(1)],
    acknowledge: async () => {
      now += 1000
    },
    backlog: async () => 1,
  }
  const loop = createOutboxLoop({
    outbox,
    consumers: [async () => {}],
    sleep: (ms, signal) => (ms === DRAIN_MS ? until(signal) : Promise.resolve()),
    now: () => now,
  })
  loop.start()
  await loop.stop(DRAIN_MS)
  t.ok(now >= DRAIN_MS && now < 2 * DRAIN_MS)
})

import t from 'tap'
import { createRandom } from '../../demo/lib/random.ts'
import { createDemoTime } from '../../demo/lib/time.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'

const HOUR_MS = 3_600_000

t.test('the past is played event by event, each at its instant, and ends in the present', async (t) => {
  const present = createFakeClock()
  const time = createDemoTime(present, HOUR_MS, 1)
  const start = present.now() - HOUR_MS
  const seen: [string, number][] = []
  const note = (what: string) => seen.push([what, time.clock.now() - start])
  time.clock.at(start + 25_000, () => note('timer'))
  time.clock.at(start + 26_000, () => note('never'))()
  for (const [name, every_ms] of [
    ['a', 10_000],
    ['b', 20_000],
  ] as const) {
    time.begin(async () => {
      for (let i = 0; i < 2; i++) {
        await time.pause(every_ms)
        note(name)
      }
    })
  }
  await time.catchUp()
  t.same(seen, [
    ['a', 10_000],
    ['b', 20_000],
    ['a', 20_000],
    ['timer', 25_000],
    ['b', 40_000],
  ])
  t.equal(time.clock.now(), present.now())
})

t.test('it does not jump while an answer is awaited', async (t) => {
  const present = createFakeClock()
  const time = createDemoTime(present, HOUR_MS, 1)
  const { fetch } = globalThis
  t.teardown(() => {
    globalThis.fetch = fetch
  })
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<Response>()
  globalThis.fetch = () => {
    asked.resolve()
    return answer.promise
  }
  let waited_ms = Number.POSITIVE_INFINITY
  time.begin(async () => {
    const before = time.clock.now()
    await time.fetch('http://127.0.0.1/')
    waited_ms = time.clock.now() - before
  })
  const caught_up = time.catchUp()
  await asked.promise
  answer.resolve(new Response(null, { status: 204 }))
  await caught_up
  t.ok(waited_ms < 60_000, `${waited_ms} ms of ${HOUR_MS}`)
})

t.test('then pauses are shorter by the speed, and timers are what they were', async (t) => {
  const present = createFakeClock()
  const time = createDemoTime(present, 0, 10)
  const seen: string[] = []
  time.begin(async () => {
    await time.pause(10_000)
    seen.push('pause')
    await time.pause(20_000)
    seen.push('another')
  })
  time.clock.at(present.now() + 10_000, () => seen.push('timer'))
  const cancelled = time.clock.at(present.now() + 10_000, () => seen.push('never'))
  await time.catchUp()
  cancelled()
  present.advance(999)
  t.same(seen, [])
  present.advance(1)
  await new Promise(setImmediate)
  t.same(seen, ['pause'])
  present.advance(2000)
  await new Promise(setImmediate)
  t.same(seen, ['pause', 'another'])
  present.advance(7000)
  t.same(seen, ['pause', 'another', 'timer'])
  time.clock.at(present.now() + 5, () => seen.push('soon'))
  present.advance(5)
  t.equal(seen.at(-1), 'soon')
})

t.test('the same seed is the same chance, in as many streams as are asked for', async (t) => {
  const draw = (seed: string) => {
    const random = createRandom(seed)
    const streams = [random, random.stream('a'), random.stream('b')]
    return streams.map((one) => [one.whole(0, 1e9), one.uuid(), one.skewed(10, 1), one.some([1, 2, 3], 2)])
  }
  t.same(draw('x'), draw('x'))
  t.notSame(draw('x'), draw('y'))
  t.equal(new Set(draw('x').map(String)).size, 3)
  const random = createRandom('bounds')
  const wholes = Array.from({ length: 200 }, () => random.whole(1, 3))
  t.same([...new Set(wholes)].sort(), [1, 2, 3])
  t.equal(random.skewed(10, 0), 10)
  t.same(random.some([1, 2, 3], 9).sort(), [1, 2, 3])
  t.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
})

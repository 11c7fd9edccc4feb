import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createClockSync } from '../../sdk/clock-sync.ts'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { createServerClock } from '../../sdk/server-clock.ts'
import { createFakeFetch, type Fate, failure, refused } from './fake-fetch.ts'
import { createFakeTime } from './fake-time.ts'

const AHEAD = 2500

type Line = 'up' | 'down' | 'silent'

/** A clock whose server is AHEAD, reached over a socket, over HTTP ('down') or not at all. */
function setUp({
  line = 'up',
  delay = () => 10,
  http = refused,
}: {
  line?: Line
  delay?: () => number
  http?: Fate
} = {}) {
  const time = createFakeTime()
  const asked: number[] = []
  const state = { line }
  const { fetch, sent } = createFakeFetch(http)
  const clock = createServerClock(time, () => sync.sync())
  const sync = createClockSync({
    clock,
    endpoint: createEndpoint('http://server.test', 'secret'),
    fetch,
    time,
    random: Math.random,
    ask(t0) {
      if (state.line === 'down') return false
      asked.push(time.now())
      if (state.line === 'silent') return true
      const answer = () => {
        const t1 = time.now() + AHEAD
        time.after(delay(), () => sync.take({ t0, t1, t2: t1 }))
      }
      time.after(delay(), answer)
      return true
    },
  })
  /** Lets time pass in small steps, with everything that it sets off. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5) {
      time.advance(5)
      for (let i = 0; i < 5; i++) await turn()
    }
  }
  return { time, clock, sync, asked, sent, state, pass }
}

t.test('a burst of eight at the beginning, then one question in 30 s', async (t) => {
  const { clock, sync, asked, pass, time } = setUp()
  let changes = 0
  clock.on('change', () => void changes++)
  sync.begin()
  await pass(1000)
  t.equal(asked.length, 8)
  t.equal(clock.now(), time.now() + AHEAD)
  t.equal(changes, 8)
  const gaps = asked.slice(1).map((at, i) => at - (asked[i] as number))
  t.ok(
    gaps.every((gap) => gap >= 70 && gap <= 130),
    `50 to 100 ms after each answer: ${gaps}`,
  )
  await pass(30_000)
  t.equal(asked.length, 9)
  await pass(60_000)
  t.equal(asked.length, 11)
  sync.end()
  await pass(60_000)
  t.equal(asked.length, 11)
  t.equal(time.waiting, 0)
})

t.test('an answer that does not come ends the burst, and soon there is another one', async (t) => {
  const { clock, sync, asked, state, pass } = setUp({ line: 'silent' })
  sync.begin()
  await pass(1900)
  t.equal(asked.length, 1)
  t.notOk(clock.synced)
  state.line = 'up'
  await pass(3000)
  t.equal(asked.length, 9)
  t.ok(clock.synced)
  state.line = 'silent'
  await pass(30_000)
  state.line = 'up'
  const before = asked.length
  await pass(6000)
  t.equal(asked.length, before + 8, 'as after a question that was not answered later on')
  sync.end()
})

t.test('an answer that comes late counts as what it is', async (t) => {
  let delay = 1500
  const { clock, sync, pass } = setUp({ delay: () => delay })
  sync.begin()
  await pass(2500)
  t.notOk(clock.synced)
  await pass(600)
  t.ok(clock.synced)
  t.ok(clock.uncertainty >= 1500)
  delay = 1
  await pass(6000)
  t.ok(clock.uncertainty < 100)
  sync.end()
})

t.test('sync() asks over the socket, and whoever asks at the same time shares the burst', async (t) => {
  const { clock, asked, pass } = setUp()
  const both = [clock.sync(), clock.sync()]
  await pass(1500)
  await Promise.all(both)
  t.equal(asked.length, 8)
  const again = clock.sync()
  await pass(1500)
  await again
  t.equal(asked.length, 16)
})

t.test('without a socket sync() asks over HTTP, with the token', async (t) => {
  const { clock, sent, pass, time } = setUp({
    line: 'down',
    http: ({ url }) => {
      const t1 = time.now() + AHEAD
      return { body: { t0: Number(new URL(url).searchParams.get('t0')), t1, t2: t1 } }
    },
  })
  const synced = clock.sync()
  await pass(1500)
  await synced
  t.equal(sent.length, 8)
  t.match(sent[0]?.url, /^http:\/\/server\.test\/v1\/time\?t0=\d/)
  t.equal(sent[0]?.headers.get('authorization'), 'Bearer secret')
  t.equal(clock.offset, AHEAD)
})

t.test('sync() says so when nobody answers', async (t) => {
  const nobody = { code: 'CLOCK_NOT_SYNCED' }
  const away = setUp({ line: 'down' })
  await t.rejects(away.clock.sync(), { ...nobody, message: /ECONNREFUSED/ })
  const silent = setUp({ line: 'down', http: 'silence' })
  const refusal = t.rejects(silent.clock.sync(), nobody)
  await silent.pass(2500)
  await refusal
  const strange = setUp({ line: 'down', http: { body: { hello: 1 } } })
  const nonsense = t.rejects(strange.clock.sync(), nobody, 'a server that says something else')
  await strange.pass(2500)
  await nonsense
  t.notOk(strange.clock.synced)
})

t.test('a server that asks to be left alone is not asked for the time before', async (t) => {
  const limit = failure(429, 'RATE_LIMIT_EXCEEDED', { retry_after: '20' })
  const { clock, sync, sent, pass } = setUp({ line: 'down', http: limit })
  sync.begin()
  await pass(19_900)
  t.equal(sent.length, 1)
  await pass(200)
  t.equal(sent.length, 2)
  sync.end()
  const told = { kind: 'limited', code: 'CLOCK_NOT_SYNCED', status: 429, retry_after_ms: 20_000 }
  await t.rejects(clock.sync(), { ...told, message: /RATE_LIMIT_EXCEEDED it is/ }, 'who asks is told at once')
})

t.test('whoever begins again while a burst is under way gets a whole one', async (t) => {
  const { sync, asked, pass } = setUp()
  sync.begin()
  await pass(300)
  const before = asked.length
  t.ok(before > 1 && before < 8)
  sync.begin()
  await pass(1500)
  t.equal(asked.length, before + 8)
  sync.end()
})

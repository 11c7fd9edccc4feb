import { test } from 'tap'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { createRunServer } from './run-server.ts'
import { blocks, calm, done, run, START, setUp } from './set-up.ts'

test('a server that is away for the whole run gets everything, in order, when it is back', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, connection, pass } = setUp(server)
  reporter.start()
  for (let i = 1; i <= 600; i++) {
    reporter.progress({ block: i })
    await pass(1)
  }
  reporter.complete(done)
  t.equal(server.exchanges.length, 0)
  server.fault = null
  await pass(31)
  t.same(
    blocks(server),
    Array.from({ length: 600 }, (_, i) => i + 1),
  )
  t.equal(server.run('r1').completions, 1)
  t.equal(server.run('r1').start.timestamp, START / 1000, 'it started when it started')
  t.same(connection, ['ECONNREFUSED', 'back'])
})

test('the queue is bounded: the first and the newest stay, the middle gets coarser', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, clock } = setUp(server, { max_points: 50 })
  reporter.start()
  for (let i = 1; i <= 5000; i++) {
    reporter.progress({ block: i })
    clock.advance(1000)
  }
  await calm()
  server.fault = null
  reporter.complete(done)
  await reporter.close()
  const got = blocks(server) as number[]
  t.ok(got.length <= 50 && got.length >= 25, `${got.length} points`)
  t.equal(got[0], 1)
  t.equal(got.at(-1), 5000)
  t.same(
    got,
    [...got].sort((a, b) => a - b),
  )
  const gaps = got.slice(1).map((block, i) => block - (got[i] ?? 0))
  t.ok(Math.max(...gaps) <= 256, `the widest gap is ${Math.max(...gaps)}`)
})

test('a call whose answer was lost is repeated and counted once', async (t) => {
  const server = createRunServer()
  server.fault = 'deaf'
  const { reporter, pass } = setUp(server)
  reporter.start()
  reporter.progress({ block: 1 })
  await pass(4)
  server.fault = null
  await pass(10)
  server.fault = 'deaf'
  reporter.progress({ block: 2 })
  await calm()
  reporter.progress({ block: 3 })
  await pass(2)
  server.fault = null
  await pass(10)
  server.fault = 'deaf'
  reporter.complete(done)
  await pass(3)
  server.fault = null
  await pass(10)
  t.same(blocks(server), [1, 2, 3], 'a point under way is not changed any more')
  t.equal(server.runs.size, 1)
  t.equal(server.run('r1').completions, 1)
  t.ok(server.sent('/complete').length > 1)
})

test('attempts back off exponentially to half a minute, with full jitter', async (t) => {
  const waits = async (random: () => number) => {
    const server = createRunServer()
    const at: number[] = []
    const clock = createFakeClock(START)
    const fetch = async () => {
      at.push((clock.now() - START) / 1000)
      throw new TypeError('fetch failed')
    }
    const { reporter } = setUp(server, { clock, fetch, random })
    reporter.start()
    for (let i = 0; i < 200; i++) {
      await calm()
      clock.advance(500)
    }
    return at
  }
  t.same((await waits(() => 1)).slice(0, 8), [0, 1, 3, 7, 15, 31, 61, 91])
  t.same((await waits(() => 0.5)).slice(0, 8), [0, 0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5])
})

test('what is reported while the server is away makes no attempts of its own', async (t) => {
  const at: number[] = []
  const server = createRunServer()
  const fetch: typeof globalThis.fetch = (input, init) => {
    at.push((clock.now() - START) / 1000)
    return server.fetch(input as string, init)
  }
  server.fault = 'down'
  const { reporter, clock, pass } = setUp(server, { fetch, keepalive_ms: 5000 })
  reporter.start()
  await calm()
  for (let i = 0; i < 500; i++) reporter.progress({ block: i })
  await calm()
  t.same(at, [0], 'however many there are at once')
  for (let i = 0; i < 120; i++) {
    reporter.progress({ block: i })
    await pass(1)
  }
  t.same(at, [0, 1, 3, 7, 15, 31, 61, 91], 'and however often')
  server.fault = { ...server.refusal(503, 'STORE_UNAVAILABLE'), headers: { 'retry-after': '40' } }
  await pass(1)
  t.equal(at.length, 9)
  for (let i = 0; i < 39; i++) {
    reporter.progress({ block: 200 + i })
    await pass(1)
  }
  t.equal(at.length, 9, 'nor before the server wants them')
  server.fault = 'down'
  reporter.complete(done)
  await calm()
  t.equal(at.length, 10, 'the end of the run is tried at once')
  reporter.complete(done)
  reporter.progress({ block: 1000 })
  await calm()
  t.equal(at.length, 10, 'once')
  server.fault = null
  t.match(await reporter.close(), { delivered: true }, 'and closing does not wait either')
})

test('once the server has answered, what is reported is sent at once again', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, pass } = setUp(server)
  reporter.start()
  await calm()
  await pass(4)
  server.fault = null
  await pass(3)
  reporter.progress({ block: 1 })
  await calm()
  t.same(blocks(server), [1])
})

test('Retry-After is obeyed, within reason', async (t) => {
  const server = createRunServer()
  const { reporter, pass } = setUp(server)
  server.fault = { ...server.refusal(429, 'RATE_LIMIT_EXCEEDED'), headers: { 'retry-after': '7' } }
  reporter.start()
  await pass(6)
  t.equal(server.exchanges.length, 1)
  server.fault = null
  await pass(2)
  t.equal(server.runs.size, 1)
})

test('a call that is never answered is given up and repeated', async (t) => {
  const server = createRunServer()
  let calls = 0
  const fetch: typeof globalThis.fetch = (input, init) => {
    calls += 1
    if (calls > 1) return server.fetch(input as string, init)
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const { reporter, connection, pass } = setUp(server, { fetch, request_timeout_ms: 4000 })
  reporter.start()
  await pass(3)
  t.equal(calls, 1)
  await pass(2)
  t.equal(server.runs.size, 1)
  t.same(connection, ['no answer within 4000 ms', 'back'])
})

test('a server that has lost the run is told of it again', async (t) => {
  const server = createRunServer()
  const { reporter, errors, pass } = setUp(server)
  reporter.start()
  reporter.progress({ block: 1 })
  await pass(2)
  server.runs.clear()
  reporter.progress({ block: 2 })
  await pass(1)
  t.same(blocks(server), [2])
  t.equal(server.run('r1').start.timestamp, START / 1000)
  server.runs.clear()
  reporter.complete(done)
  t.same(await reporter.close(), { delivered: true, pending: 0 })
  t.equal(server.run('r1').completions, 1)
  t.same(errors, [])
})

test('a server that never remembers is not asked in a loop', async (t) => {
  const server = createRunServer()
  const { reporter, pass } = setUp(server, {
    fetch: async (input, init) => {
      const answer = await server.fetch(input as string, init)
      server.runs.clear()
      return answer
    },
  })
  reporter.start()
  reporter.progress({ block: 1 })
  await pass(120)
  t.ok(server.exchanges.length < 40, `${server.exchanges.length} calls in two minutes`)
})

for (const status of [401, 403]) {
  test(`${status} is reported once and ends the reporting`, async (t) => {
    const server = createRunServer()
    server.fault = server.refusal(status, 'UNAUTHORIZED')
    const { reporter, errors, clock, pass } = setUp(server)
    reporter.start()
    for (let i = 0; i < 60; i++) {
      reporter.progress({ block: i })
      await pass(1)
    }
    reporter.complete(done)
    t.equal(server.exchanges.length, 1)
    t.match(errors, [{ operation: 'start', status, code: 'UNAUTHORIZED', message: 'UNAUTHORIZED it is' }])
    t.equal(reporter.active, false)
    t.same(await reporter.close(), { delivered: false, pending: 2 })
    t.equal(clock.waiting, 0)
  })
}

test('a point that is refused is reported once and dropped; the others go on', async (t) => {
  const server = createRunServer()
  const { reporter, errors, pass } = setUp(server)
  reporter.start()
  await calm()
  for (let i = 1; i <= 3; i++) {
    server.fault = i < 3 ? server.refusal(400, 'VALIDATION_ERROR') : null
    reporter.progress({ block: i })
    await pass(2)
  }
  t.equal(server.sent('/progress').length, 3)
  t.same(blocks(server), [3])
  t.match(errors, [{ operation: 'progress', status: 400 }])
  t.equal(errors.length, 1)
})

test('a start that is refused, and a run that ended elsewhere, end the reporting', async (t) => {
  const server = createRunServer()
  const first = setUp(server)
  first.reporter.start()
  await calm()
  const second = setUp(server, { run: { ...run, network: 'other' } })
  second.reporter.start()
  await calm()
  t.match(second.errors, [{ operation: 'start', status: 409 }])

  server.run('r1').completion = { run_id: 'r1', timestamp: 1, success: false }
  first.reporter.progress({ block: 1 })
  await first.pass(300)
  t.match(first.errors, [{ operation: 'progress', status: 409 }])
  t.equal(first.reporter.active, false)
  t.equal(first.clock.waiting, 0)
})

test('a listener that throws does no harm', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const fail = () => {
    throw new Error('listener')
  }
  const { reporter, pass } = setUp(server, { onError: fail, onConnection: fail })
  reporter.start()
  await pass(2)
  server.fault = server.refusal(401, 'UNAUTHORIZED')
  await pass(10)
  t.equal(reporter.active, false)
})

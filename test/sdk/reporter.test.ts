import { test } from 'tap'
import { createReporter } from '../../sdk/reporter.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { createRunServer } from './run-server.ts'
import { blocks, calm, client, done, run, START, setUp } from './set-up.ts'

test('a run is told from its start to its end, in order and in the words of the contract', async (t) => {
  const server = createRunServer({ token: 'secret' })
  const { reporter, errors, pass } = setUp(server, { token: 'secret' })
  t.equal(reporter.started_at, null)
  reporter.start()
  reporter.progress({ block: 1, exec_version: 'Geth/1' })
  await pass(5)
  reporter.progress({ slot: 2 })
  reporter.complete(done)
  t.same(await reporter.close(), { delivered: true, pending: 0 })

  t.same(
    server.exchanges.map(({ path }) => path),
    ['start', 'keepalive', 'r1/progress', 'r1/progress', 'r1/complete'].map((end) => `/api/v1/tests/${end}`),
  )
  const seconds = START / 1000
  t.same(server.run('r1').start, { ...run, enclave_name: '', timestamp: seconds })
  t.same(server.run('r1').points[1], {
    timestamp: seconds + 5,
    metrics: {
      block: 1,
      slot: 2,
      exec_peers: 0,
      cons_peers: 0,
      exec_sync_percent: 0,
      cons_sync_percent: 0,
      exec_version: 'Geth/1',
    },
  })
  t.same(server.run('r1').completion, { ...done, timestamp: seconds + 5 })
  t.equal(reporter.active, false)
  t.same(errors, [])
})

test('without a server nothing is sent, timed or kept', async (t) => {
  const clock = createFakeClock(START)
  const options = { run, clock, fetch: () => t.fail('a call') as never }
  const reporter = createReporter(options)
  reporter.start()
  for (let i = 0; i < 10; i++) reporter.progress({ block: i })
  reporter.complete(done)
  t.equal(clock.waiting, 0)
  t.equal(reporter.active, false)
  t.equal(reporter, createReporter({ ...options, server: '' }), 'it is one and the same object')
  t.same(await reporter.close(), { delivered: true, pending: 0 })
})

test('a server and a run_id that cannot be are refused at once', (t) => {
  t.throws(() => createReporter({ server: 'not a url', run }), TypeError)
  t.throws(() => createReporter({ server: 'http://a', run: { ...run, run_id: 'a b' } }), TypeError)
  t.end()
})

test('points of one second become one, the newest', async (t) => {
  const server = createRunServer()
  const { reporter, pass } = setUp(server)
  reporter.start()
  await calm()
  for (let i = 1; i <= 50; i++) {
    reporter.progress({ block: i })
    await calm()
  }
  t.same(blocks(server), [1], 'the first is sent at once, the others wait for the next second')
  await pass(1)
  t.same(blocks(server), [1, 50])
  await pass(10)
  t.same(blocks(server), [1, 50])
})

test('what no server takes is left out of a point', async (t) => {
  const server = createRunServer()
  const { reporter, pass } = setUp(server)
  reporter.start()
  reporter.progress({ block: 7, slot: 3, exec_peers: 2 })
  await pass(2)
  const odd = {
    block: Number.NaN,
    slot: -1,
    exec_peers: 2 ** 60,
    exec_sync_percent: 12.5,
    nonsense: 1,
    cons_version: 5,
    loss: 0.25,
    'not a name': 1,
    words: 'no',
  }
  reporter.progress(odd as never)
  reporter.progress(undefined as never)
  await pass(1)
  t.match(server.run('r1').points[1]?.metrics, { block: 7, slot: 3, exec_peers: 2, exec_sync_percent: 12.5 })
  t.match(server.run('r1').points[1]?.metrics, { nonsense: 1, loss: 0.25 }, 'other numbers go along')
  const names = Object.keys(server.run('r1').points[1]?.metrics ?? {})
  for (const name of ['cons_version', 'not a name', 'words']) t.notOk(names.includes(name), name)
  for (let i = 0; i < 100; i++) reporter.progress({ [`n${i}`]: i })
  await pass(2)
  t.equal(Object.keys(server.run('r1').points.at(-1)?.metrics ?? {}).length, 6 + 32)
})

test('a keepalive is sent every three minutes, also when nothing else is', async (t) => {
  const server = createRunServer()
  const system_info = { hostname: 'h' }
  const { reporter, pass } = setUp(server, { run: { ...run, system_info, run_timeout: 60 } })
  reporter.start()
  await pass(10 * 60)
  t.equal(server.run('r1').keepalives.length, 4)
  t.match(server.run('r1').keepalives[3], {
    run_id: 'r1',
    timestamp: START / 1000,
    system_info,
    run_timeout: 60,
  })
  reporter.complete(done)
  await pass(10 * 60)
  t.equal(server.run('r1').keepalives.length, 4, 'none after the end')
})

test('resume goes on with a run that is known and open, keeping its start', async (t) => {
  const server = createRunServer()
  const first = setUp(server)
  first.reporter.start()
  first.reporter.progress({ block: 1 })
  await first.pass(1)
  await first.reporter.close()

  const second = setUp(server, { resume: true })
  second.clock.advance(60_000)
  second.reporter.start()
  second.reporter.progress({ block: 2 })
  await second.pass(1)
  t.equal(server.sent('/start').length, 1)
  t.equal(second.reporter.started_at, START)
  t.equal(server.run('r1').keepalives.at(-1)?.timestamp, START / 1000)
  t.same(blocks(server), [1, 2])

  second.reporter.complete(done)
  await second.reporter.close()
  const third = setUp(server, { resume: true })
  third.reporter.start()
  await calm()
  t.match(third.errors, [{ operation: 'resume', code: 'RUN_ENDED' }])
  t.equal(third.reporter.active, false)
})

test('resume starts a run that is not known, also when the server is away at first', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, pass } = setUp(server, { resume: true })
  reporter.start({ el_client: client('besu'), started_at: START - 5000 })
  await pass(3)
  server.fault = null
  await pass(10)
  t.match(server.run('r1').start, { el_client: { type: 'besu' }, timestamp: START / 1000 - 5 })
})

test('close gives up at its deadline and tells what was not delivered', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, clock, pass } = setUp(server)
  reporter.start()
  reporter.progress({ block: 1 })
  reporter.complete(done)
  const closed = reporter.close({ timeout_ms: 3000 })
  await pass(2)
  t.ok(clock.waiting > 0)
  await pass(1)
  t.same(await closed, { delivered: false, pending: 3 })
  t.equal(reporter.close(), reporter.close(), 'it closes once')
  t.equal(clock.waiting, 0)
  server.fault = null
  await pass(60)
  t.equal(server.exchanges.length, 0)
})

test('close does not wait for a backoff that is under way', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, pass } = setUp(server)
  reporter.start()
  await pass(40)
  server.fault = null
  reporter.complete(done)
  t.same(await reporter.close(), { delivered: true, pending: 0 })
})

test('when closing takes long, the newest point and the end go before the rest', async (t) => {
  const server = createRunServer()
  const clock = createFakeClock(START)
  const fetch: typeof globalThis.fetch = async (input, init) => {
    await new Promise<void>((resolve) => void clock.at(clock.now() + 1000, resolve))
    return server.fetch(input as string, init)
  }
  server.fault = 'down'
  const { reporter } = setUp(server, { clock, fetch })
  reporter.start()
  for (let i = 1; i <= 100; i++) {
    reporter.progress({ block: i })
    clock.advance(1000)
    await calm()
  }
  server.fault = null
  reporter.complete(done)
  const closed = reporter.close({ timeout_ms: 20_000 })
  for (let i = 0; i < 20; i++) {
    await calm()
    clock.advance(1000)
  }
  t.same(await closed, { delivered: true, pending: 0 })
  const got = blocks(server)
  t.equal(got.at(-1), 100)
  t.ok(got.length > 5 && got.length < 20, `${got.length} points`)
  t.equal(server.run('r1').completions, 1)
})

test('a point is not lost when the machine is faster than the seconds, and the end is never before it', async (t) => {
  const server = createRunServer()
  const { reporter } = setUp(server)
  reporter.start()
  reporter.progress({ block: 1 })
  await calm()
  reporter.progress({ block: 2 })
  reporter.complete(done)
  await reporter.close()
  t.same(blocks(server), [1, 2])
  const { points, completion } = server.run('r1')
  t.ok((completion?.timestamp ?? 0) >= (points.at(-1)?.timestamp ?? 0))
})

test('texts are cut where a server takes them', async (t) => {
  const server = createRunServer()
  const { reporter, pass } = setUp(server)
  reporter.start()
  reporter.progress({ exec_version: `${'x'.repeat(255)}\u{1f600}`, cons_version: 'a\0b\ud800' })
  await pass(1)
  reporter.progress({ cons_version: '\0' })
  await pass(1)
  for (const { metrics } of server.run('r1').points) {
    t.equal(metrics.exec_version, `${'x'.repeat(255)}\ufffd`)
    t.equal(metrics.cons_version, 'ab\ufffd')
  }
})

test('with room for one point only the newest is kept beside the one under way', async (t) => {
  const server = createRunServer()
  server.fault = 'down'
  const { reporter, clock } = setUp(server, { max_points: 1 })
  reporter.start()
  for (let i = 1; i <= 10; i++) {
    reporter.progress({ block: i })
    clock.advance(1000)
    await calm()
  }
  server.fault = null
  reporter.complete(done)
  t.match(await reporter.close(), { delivered: true })
  t.same(blocks(server), [1, 10])
})

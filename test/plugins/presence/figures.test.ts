import t from 'tap'
import metrics from '../../../plugins/metrics.ts'
import { createFigures, quantileOf } from '../../../plugins/presence/figures.ts'
import { askedFor, countJobs } from '../../../plugins/presence/pending.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { bareServer } from '../../helpers/http.ts'

const nothing = { outbox_pending: null, jobs_pending: null }

t.test('a share of the durations is read from the buckets', async (t) => {
  const at = (...counts: number[]) =>
    new Map([1, 2, 5, 10, Number.POSITIVE_INFINITY].map((bound, i) => [bound, counts[i] ?? 0]))
  const none = new Map<number, number>()
  const rows: [
    q: number,
    before: Map<number, number>,
    after: Map<number, number>,
    expected: number | null,
  ][] = [
    [0.5, none, at(), null],
    [0.5, at(3, 4, 5, 6, 7), at(3, 4, 5, 6, 7), null],
    [0.5, none, at(10, 10, 10, 10, 10), 0.5],
    [0.99, none, at(10, 10, 10, 10, 10), 1],
    [0.5, none, at(0, 10, 10, 10, 10), 1.5],
    [0.5, at(100, 100, 100, 100, 100), at(100, 110, 110, 110, 110), 1.5],
    [0.9, none, at(0, 0, 5, 10, 10), 9],
    [0.5, none, at(0, 0, 0, 0, 4), 10],
    [0.5, none, at(1, 1, 1, 1, 1), 0.5],
  ]
  for (const [q, before, after, expected] of rows) t.equal(quantileOf(q, before, after), expected)
})

t.test('rates and durations are those of the last 10 s', async (t) => {
  const { app, clock } = await bareServer(t, async (app) => {
    await app.register(metrics)
    app.get('/well', async () => ({}))
    app.get('/badly', async () => {
      throw new Error('broken')
    })
    app.post('/v1/sessions/:id/switch', async (request, reply) =>
      reply.code((request.params as { id: string }).id === 'lost' ? 409 : 200).send({}),
    )
  })
  const figures = createFigures({
    register: app.metrics.client.register,
    clock,
    eventLoopDelay: () => Number.POSITIVE_INFINITY,
    pending: () => ({ outbox_pending: 7, jobs_pending: null }),
  })
  t.match(await figures(), {
    requests_per_second: 0,
    p50_ms: null,
    p99_ms: null,
    event_loop_lag_ms: 0,
    outbox_pending: 7,
    jobs_pending: null,
    sockets: 0,
  })
  for (let i = 0; i < 10; i++) await app.inject('/well')
  for (let i = 0; i < 4; i++) await app.inject('/badly')
  for (const id of ['one', 'two', 'lost'])
    await app.inject({ method: 'POST', url: `/v1/sessions/${id}/switch` })
  clock.advance(2000)
  const busy = await figures()
  t.match(busy, { requests_per_second: 8.5, errors_per_second: 2, switches_per_second: 1 })
  t.ok(busy.p50_ms !== null && busy.p99_ms !== null && busy.p50_ms <= busy.p99_ms)
  t.ok(busy.cpu_percent > 0 && busy.heap_bytes > 0 && busy.rss_bytes > busy.heap_bytes)
  for (let i = 0; i < 4; i++) {
    clock.advance(2000)
    await figures()
  }
  clock.advance(2000)
  t.match(await figures(), { requests_per_second: 0, errors_per_second: 0, p50_ms: null })
})

t.test('what is in no process is asked for in the background', async (t) => {
  const clock = createFakeClock()
  let answers = [5, null, 6]
  let asked = 0
  const ask = askedFor(clock, 1000, async () => {
    asked++
    const answer = answers.shift()
    if (answer === undefined) throw new Error('away')
    return answer
  })
  const read = async () => {
    const value = ask()
    await new Promise(setImmediate)
    return value
  }
  t.strictSame([await read(), await read(), asked], [null, 5, 1])
  clock.advance(1000)
  t.strictSame([await read(), await read(), await read(), asked], [5, null, 6, 3], 'asked again when unknown')
  answers = []
  clock.advance(1000)
  t.strictSame([await read(), await read(), asked], [6, null, 5])
})

t.test('jobs are counted over all queues but those of what was put aside', async (t) => {
  const queues = [
    { name: 'events', deadLetter: 'dead', queuedCount: 3, activeCount: 2 },
    { name: 'dead', queuedCount: 100, activeCount: 0 },
  ]
  const jobs = (enabled: boolean) => ({ enabled, boss: () => ({ getQueues: async () => queues }) }) as never
  t.equal(await countJobs(jobs(true)), 5)
  t.equal(await countJobs(jobs(false)), null)
})

t.test('what has no metrics yet counts nothing', async (t) => {
  const { app, clock } = await bareServer(t, (app) => app.register(metrics))
  app.metrics.client.register.clear()
  const { register } = app.metrics.client
  const figures = createFigures({ register, clock, eventLoopDelay: () => 1.25, pending: () => nothing })
  t.match(await figures(), { requests_per_second: 0, sockets: 0, subscriptions: 0, event_loop_lag_ms: 1.3 })
})

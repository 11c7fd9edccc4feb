import t from 'tap'
import { DomainError } from '../../../engine/errors.ts'
import { TAIL_LIMIT } from '../../../plugins/runs/decide.ts'
import { storeUnavailable } from '../../../plugins/store/errors.ts'
import { definition, HOUR_MS, runsForTest } from './make.ts'

const end = { final_block: 1, final_slot: 2, success: true, error: null }

t.test('each change is committed with its event, without gaps', async (t) => {
  const { runs, store, clock, armed } = runsForTest(t)
  const at = clock.now()
  t.equal(await runs.report('r', { type: 'start', at, run: definition() }), true)
  t.equal(await runs.report('r', { type: 'start', at, run: definition() }), false)
  await runs.report('r', { type: 'progress', at, metrics: { block: 1 } })
  await runs.report('r', { type: 'progress', at, metrics: { block: 1 } })
  await runs.report('r', { type: 'keepalive', at, run: definition() })
  t.equal(armed.at(-1), at + 10 * 60_000)
  clock.advance(11 * 60_000)
  await runs.settle('r')
  await runs.settle('r')
  t.equal(armed.at(-1), null)
  await runs.report('r', { type: 'progress', at: at + 1, metrics: { block: 2 } })
  await runs.report('r', { type: 'complete', at: at + 2, ...end })
  await runs.report('r', { type: 'complete', at: at + 2, ...end })
  await t.rejects(runs.report('r', { type: 'progress', at, metrics: {} }), { code: 'CONFLICT' })
  const entries = await store.outbox().claim(100, 0)
  t.strictSame(
    entries.map(({ event: { type, version, key, topic } }) => [type, version, key, topic]),
    [
      'run.started',
      'run.progressed',
      'run.kept_alive',
      'run.went_stale',
      'run.revived',
      'run.progressed',
      'run.completed',
    ].map((type, i) => [type, i + 1, 'r', 'runs']),
  )
  t.match(entries[3]?.event, { at: at + 10 * 60_000 }, 'what is due has its own instant')
  t.match(entries[5]?.event.data, { point: { at: at + 1, received_at: clock.now(), metrics: { block: 2 } } })
})

t.test('what was due is committed also when the report that found it is refused', async (t) => {
  const { runs, store, clock } = runsForTest(t)
  const run = { ...definition(), run_timeout_ms: 1000 }
  await runs.report('r', { type: 'start', at: clock.now(), run })
  clock.advance(5000)
  await t.rejects(runs.report('r', { type: 'progress', at: clock.now(), metrics: {} }), { code: 'CONFLICT' })
  t.match(await runs.get('r'), { state: { status: 'failed' } })
  const types = (await store.outbox().claim(10, 0)).map(({ event }) => event.type)
  t.strictSame(types, ['run.started', 'run.failed'])
})

t.test('finished runs go after their retention, running and stale ones wait', async (t) => {
  const { runs, clock } = runsForTest(t)
  for (const id of ['done', 'stale', 'running']) {
    await runs.report(id, { type: 'start', at: clock.now(), run: definition(id) })
  }
  for (let i = 0; i <= TAIL_LIMIT; i++) {
    await runs.report('done', { type: 'progress', at: clock.now() + i, metrics: { block: i } })
  }
  await runs.report('done', { type: 'complete', at: clock.now(), ...end })
  for (let hours = 0; hours < 30; hours++) {
    if (hours === 23) t.equal((await runs.get('done')).points.length, TAIL_LIMIT + 1, 'with its history')
    clock.advance(HOUR_MS)
    await runs.report('running', { type: 'keepalive', at: clock.now(), run: definition('running') })
    await runs.settle('stale')
  }
  await t.rejects(runs.get('done'), { code: 'RUN_NOT_FOUND' })
  t.match(await runs.get('stale'), { state: { status: 'stale' } })
  t.match(await runs.get('running'), { state: { status: 'running' } })
  clock.advance(7 * 24 * HOUR_MS)
  await t.rejects(runs.get('stale'), { code: 'RUN_NOT_FOUND' })
})

t.test('a crash between the history and the run loses nothing and doubles nothing', async (t) => {
  let crash = false
  const { runs, clock } = runsForTest(t, {
    onCommit: ({ topic }) => {
      if (crash && topic === 'runs') throw storeUnavailable()
    },
  })
  const at = clock.now()
  await runs.report('r', { type: 'start', at, run: definition() })
  const report = (i: number) => runs.report('r', { type: 'progress', at: at + i, metrics: { block: i } })
  const blocks = async () => (await runs.get('r')).points.map(({ metrics }) => metrics.block)
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < TAIL_LIMIT; i++) await report(i)
  crash = true
  await t.rejects(report(TAIL_LIMIT), { code: 'STORE_UNAVAILABLE' })
  await t.rejects(runs.report('r', { type: 'complete', at, ...end }), { code: 'STORE_UNAVAILABLE' })
  t.strictSame(await blocks(), upTo(TAIL_LIMIT), 'what was not accepted is not in the history')
  crash = false
  for (let i = TAIL_LIMIT; i < 4 * TAIL_LIMIT; i++) await report(i)
  t.strictSame(await blocks(), upTo(4 * TAIL_LIMIT))
})

t.test('an earlier run of the same id leaves nothing in the history of the next', async (t) => {
  const { runs, clock, store } = runsForTest(t)
  const fill = async (from: number) => {
    await runs.report('r', { type: 'start', at: clock.now(), run: definition() })
    for (let i = 0; i <= 2 * TAIL_LIMIT; i++) {
      await runs.report('r', { type: 'progress', at: clock.now() + i, metrics: { block: from + i } })
    }
  }
  await fill(1000)
  const first = await store.read({ topic: 'runs', id: 'r' })
  await store.commit(
    { topic: 'runs', id: 'r' },
    {
      expect: first,
      next: null,
      version: 1000,
      events: [],
      deadline: null,
      lifetime_ms: 0,
      operation_id: 'x',
    },
  )
  clock.advance(60_000)
  await fill(0)
  const { points } = await runs.get('r')
  t.equal(points.length, 2 * TAIL_LIMIT + 1)
  t.ok(points.every(({ metrics }) => (metrics.block as number) < 1000))
})

t.test('a report is taken once however late it is repeated', async (t) => {
  const reads: string[] = []
  const { runs, store, clock } = runsForTest(t, {
    onRead: ({ topic }, { guess = false } = {}) => void (guess || reads.push(topic)),
  })
  const at = clock.now()
  const report = (i: number, block = i) =>
    runs.report('r', { type: 'progress', at: at + i, metrics: { block } })
  await runs.report('r', { type: 'start', at, run: definition() })
  for (let i = 0; i < 10 * TAIL_LIMIT; i++) await report(2 * i)
  const before = await runs.get('r')
  reads.length = 0
  await report(20 * TAIL_LIMIT)
  t.notOk(reads.includes('run-history'), 'what is new costs no reading of the history')
  for (const i of [0, 2, 100, 19 * TAIL_LIMIT]) await report(i)
  const after = await runs.get('r')
  t.equal(after.state.version, before.state.version + 1)
  t.equal(after.points.length, before.points.length + 1)
  await report(7)
  t.equal((await runs.get('r')).state.version, after.state.version + 1, 'a late one that is new counts')
  clock.advance(60_000)
  await report(7)
  await report(100)
  t.match(await runs.get('r'), { state: { version: after.state.version + 2, reported_at: clock.now() } })
  const types = (await store.outbox().claim(1000, 0)).map(({ event }) => event.type)
  t.equal(types.filter((type) => type === 'run.progressed').length, 10 * TAIL_LIMIT + 2)
  t.equal(types.at(-1), 'run.kept_alive')
})

t.test('a run that timed out and was completed later keeps its history as long as itself', async (t) => {
  const { runs, clock } = runsForTest(t)
  const at = clock.now()
  const run = { ...definition(), run_timeout_ms: 60_000 }
  await runs.report('r', { type: 'start', at, run })
  for (let i = 0; i < 2 * TAIL_LIMIT; i++) {
    await runs.report('r', { type: 'progress', at: at + i, metrics: { block: i } })
  }
  clock.advance(60_000)
  await runs.settle('r')
  clock.advance(23 * HOUR_MS)
  await runs.report('r', { type: 'complete', at: clock.now(), ...end, success: false })
  clock.advance(23 * HOUR_MS)
  t.equal((await runs.get('r')).points.length, 2 * TAIL_LIMIT)
  clock.advance(HOUR_MS)
  await t.rejects(runs.get('r'), { code: 'RUN_NOT_FOUND' })
})

t.test('a document that cannot be read is told as such', async (t) => {
  const { runs, store, clock } = runsForTest(t)
  await store.commit(
    { topic: 'runs', id: 'r' },
    {
      expect: null,
      next: { epoch: 1, version: 1, document: '{"run":1}', label: 'running' },
      version: 1,
      events: [],
      deadline: null,
      lifetime_ms: HOUR_MS,
      operation_id: 'x',
    },
  )
  const error = await runs.get('r').catch((reason) => reason)
  t.ok(error instanceof DomainError)
  t.equal(error.code, 'STATE_DESERIALIZATION_ERROR')
  await t.rejects(runs.report('r', { type: 'progress', at: clock.now(), metrics: {} }), { code: error.code })
})

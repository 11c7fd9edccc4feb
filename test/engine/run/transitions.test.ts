import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { lifetime, RUNNING_LIFETIME_MS, STALE_LIFETIME_MS } from '../../../engine/run/lifetime.ts'
import { nextOf, STALE_AFTER_MS } from '../../../engine/run/state.ts'
import { apply, begin, HEARD_WITHIN_MS, type Report } from '../../../engine/run/transitions.ts'
import { complete, definition, MINUTE, metrics, play, point, progress, started, T0 } from './make.ts'

const start = (more = {}, at = T0): Report => ({ type: 'start', at, run: definition(more) })
const keepalive = (more = {}): Report => ({ type: 'keepalive', at: T0, run: definition(more) })
const conflict = { kind: 'conflict', code: 'CONFLICT' }

t.test('a run begins running, with nothing measured', async (t) => {
  const { state, event } = begin(definition(), T0 - 5000, 3, T0)
  t.match(state, {
    status: 'running',
    version: 3,
    start_at: T0 - 5000,
    created_at: T0,
    points: [],
    current: null,
  })
  t.match(event, { type: 'run.started', version: 3, at: T0, data: { start_at: T0 - 5000 } })
})

t.test('the lifecycle, as reports and silences come', async (t) => {
  const stale = ['run.went_stale', 'run.revived', 'run.progressed']
  const failed = complete({ success: false, error: 'disk full' })
  const rows: [string, [number, Report | null][], string[], object][] = [
    ['progress', [[1, progress(1)]], ['run.progressed'], { status: 'running', version: 2 }],
    ['the same start', [[1, start()]], [], { status: 'running', version: 1 }],
    [
      'a start with labels in another order',
      [[1, start({ labels: { branch: 'main' } })]],
      [],
      { version: 1 },
    ],
    ['silence', [[10 * MINUTE, null]], ['run.went_stale'], { status: 'stale', error: /10 minutes/ }],
    ['almost silence', [[10 * MINUTE - 1, null]], [], { status: 'running', error: null }],
    [
      'a keepalive against silence',
      [
        [9 * MINUTE, keepalive()],
        [18 * MINUTE, null],
      ],
      ['run.kept_alive'],
      { status: 'running' },
    ],
    [
      'progress after silence',
      [[11 * MINUTE, progress(1)]],
      stale,
      { status: 'running', error: null, version: 4 },
    ],
    ['a start after silence', [[11 * MINUTE, start()]], stale.slice(0, 2), { status: 'running', version: 3 }],
    [
      'a keepalive after silence',
      [[11 * MINUTE, keepalive()]],
      [...stale.slice(0, 2), 'run.kept_alive'],
      { status: 'running', reported_at: T0 + 11 * MINUTE },
    ],
    [
      'a repeated report after silence',
      [
        [1, progress(1)],
        [11 * MINUTE, progress(1)],
      ],
      ['run.progressed', ...stale.slice(0, 2)],
      { status: 'running' },
    ],
    [
      'a repeated report that keeps the run from silence',
      [
        [1, progress(1)],
        [9 * MINUTE, progress(1)],
        [18 * MINUTE, null],
        [19 * MINUTE, null],
      ],
      ['run.progressed', 'run.kept_alive', 'run.went_stale'],
      { status: 'stale', reported_at: T0 + 9 * MINUTE },
    ],
    [
      'a repeated start that does',
      [
        [9 * MINUTE, start()],
        [18 * MINUTE, null],
      ],
      ['run.kept_alive'],
      { status: 'running', reported_at: T0 + 9 * MINUTE },
    ],
    [
      'reports that are repeated at once',
      [
        [1, progress(1)],
        [2, progress(1)],
        [HEARD_WITHIN_MS, progress(1)],
        [HEARD_WITHIN_MS, start()],
        [1 + HEARD_WITHIN_MS, progress(1)],
        [2 + HEARD_WITHIN_MS, progress(1)],
      ],
      ['run.progressed', 'run.kept_alive'],
      { version: 3 },
    ],
    [
      'completion',
      [[1, complete()]],
      ['run.completed'],
      { status: 'finished', end_at: T0 + 1000, error: null },
    ],
    [
      'completion after silence',
      [[11 * MINUTE, complete()]],
      ['run.went_stale', 'run.completed'],
      { error: null },
    ],
    ['failure', [[1, failed]], ['run.completed'], { status: 'failed', error: 'disk full', success: false }],
    ['failure for no reason', [[1, complete({ success: false })]], ['run.completed'], { error: /no reason/ }],
    [
      'the same completion again, later',
      [
        [1, complete()],
        [2, complete({ at: T0 + 9000 })],
      ],
      ['run.completed'],
      { end_at: T0 + 1000, version: 2 },
    ],
    [
      'nothing after its end',
      [
        [1, complete()],
        [999 * MINUTE, null],
      ],
      ['run.completed'],
      { status: 'finished' },
    ],
  ]
  for (const [name, reports, events, expected] of rows) {
    const played = play(started(), reports)
    t.strictSame(played.events, events, name)
    t.match(played.state, expected, name)
  }
})

t.test('the order of the labels does not tell two starts apart', async (t) => {
  const labels = Object.entries({ a: '1', b: '2', c: '3' })
  const run = started({ labels: Object.fromEntries(labels) })
  for (const order of [labels, labels.toReversed(), [...labels.slice(1), ...labels.slice(0, 1)]]) {
    t.strictSame(apply(run, start({ labels: Object.fromEntries(order) }), T0 + 1), [])
  }
})

t.test('run_timeout ends a run at its very instant, stale or not', async (t) => {
  const run = started({ run_timeout_ms: 15 * MINUTE })
  t.strictSame(nextOf(run), { at: T0 + STALE_AFTER_MS, status: 'stale' })
  const silent = play(run, [[60 * MINUTE, null]])
  t.strictSame(silent.events, ['run.went_stale', 'run.failed'])
  t.match(silent.state, { status: 'failed', end_at: T0 + 15 * MINUTE, success: false, error: /900 s/ })
  const busy = play(run, [
    [9 * MINUTE, progress(1)],
    [15 * MINUTE, null],
  ])
  t.strictSame(busy.events, ['run.progressed', 'run.failed'])
  t.equal(nextOf(busy.state), null)
  t.throws(() => apply(busy.state, progress(2), T0 + 16 * MINUTE), conflict)
  t.throws(() => apply(busy.state, complete(), T0 + 16 * MINUTE), conflict, 'it did not succeed')
  const told = play(busy.state, [[16 * MINUTE, complete({ success: false, error: 'timeout' })]])
  t.match(told.state, { status: 'failed', final_block: 10, error: 'timeout' }, 'but says where it got to')
  t.throws(() => apply(told.state, complete({ success: false, error: 'other' }), T0), conflict, 'once')
})

t.test('a stale run without a run_timeout waits for its reporter', async (t) => {
  const { state } = play(started(), [[10 * MINUTE, null]])
  t.equal(nextOf(state), null)
})

t.test('what contradicts what was reported is refused', async (t) => {
  const over = play(started(), [[1, complete()]]).state
  for (const [name, state, report] of [
    ['a start with another network', started(), start({ network: 'sepolia' })],
    [
      'a start with other arguments',
      started(),
      start({ cl_client: { type: 'lighthouse', image: 'lighthouse:1' } }),
    ],
    ['a start at another time', started(), start({}, T0 + 1000)],
    ['a start after the end', over, start()],
    ['a keepalive after the end', over, keepalive()],
    ['progress after the end', over, progress(5)],
    ['another outcome', over, complete({ success: false })],
    ['another block', over, complete({ final_block: 11 })],
    ['another slot', over, complete({ final_slot: 21 })],
  ] as [string, typeof over, Report][]) {
    t.throws(() => apply(state, report, T0 + 2000), conflict, name)
  }
})

t.test('a keepalive adds to what is known, and what it leaves out stays', async (t) => {
  const first = keepalive({
    el_client: { type: 'geth', image: 'geth:1', cmd: ['geth'], env_vars: { A: '1' } },
    system_info: { hostname: 'h' },
    run_timeout_ms: 1000,
  })
  const second = keepalive({ labels: {}, enclave_name: '' })
  const { state } = play(started(), [
    [1, first],
    [2, second],
  ])
  t.match(state, {
    el_client: { type: 'geth', cmd: ['geth'], env_vars: { A: '1' } },
    system_info: { hostname: 'h' },
    run_timeout_ms: 1000,
    labels: { branch: 'main' },
    enclave_name: 'e',
    start_at: T0,
    reported_at: T0 + 2,
  })
  t.strictSame(apply(state, start(), T0 + 3), [], 'the start that it began with is still the same')
})

t.test('the current metrics are the newest by the reporter, in whatever order the reports come', async () => {
  const report = fc.tuple(fc.nat(40), metrics).map(([at, m]) => progress(at, m))
  fc.assert(
    fc.property(
      fc
        .array(report, { minLength: 1, maxLength: 30 })
        .chain((reports) =>
          fc.tuple(
            fc.constant(reports),
            fc.shuffledSubarray(reports, { minLength: reports.length, maxLength: reports.length }),
          ),
        ),
      ([reports, shuffled]) => {
        const at = 100
        const state = play(
          started(),
          reports.map((each) => [at, each]),
        ).state
        const other = play(
          started(),
          [...shuffled, ...reports].map((each) => [at, each]),
        ).state
        assert.deepEqual(other.points, state.points)
        assert.deepEqual(other.current, state.current)
        assert.equal(state.current, state.points.at(-1))
      },
    ),
    { numRuns: 100 },
  )
})

t.test('the current metrics stay when the recent points have gone to the history', async (t) => {
  const { state } = play(started(), [[1, progress(100, { block: 9 })]])
  const spilled = { ...state, points: [], spilled: true }
  t.match(play(spilled, [[2, progress(50, { block: 4 })]]).state.current, { metrics: { block: 9 } })
})

t.test('a report that only the history holds is taken once, too', async (t) => {
  const run = { ...started(), points: [point(T0 + 100)], spilled: true }
  const earlier = [point(T0 + 40, { block: 4 }), point(T0 + 50, { block: 5 })]
  const now = T0 + 200
  t.strictSame(apply(run, progress(50, { block: 5 }), now, earlier), [])
  t.strictSame(apply(run, progress(50, { block: 3 }), now, earlier), [], 'what was behind it changes nothing')
  t.match(apply(run, progress(50, { block: 6 }), now, earlier), [{ event: { type: 'run.progressed' } }])
  t.match(apply(run, progress(45, { block: 5 }), now, earlier), [{ event: { type: 'run.progressed' } }])
})

t.test('how long a run is kept', async (t) => {
  const day = 24 * 60 * MINUTE
  const stale = play(started(), [[10 * MINUTE, null]]).state
  const patient = { ...stale, run_timeout_ms: 30 * day }
  t.equal(lifetime(started(), day), RUNNING_LIFETIME_MS)
  t.equal(lifetime(stale, day), STALE_LIFETIME_MS)
  t.equal(lifetime(stale, 30 * day), 30 * day)
  t.equal(lifetime(patient, day), 31 * day, 'its run_timeout must still find it')
  t.equal(lifetime(play(started(), [[1, complete()]]).state, day), day)
})

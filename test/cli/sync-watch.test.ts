import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'tap'
import type { NodeState } from '../../cli/lib/execution.ts'
import { metricsOf, type Snapshot, watchSync } from '../../cli/lib/sync-watch.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'

const START = Date.UTC(2026, 0, 1)
const node = (more: Partial<NodeState> = {}): NodeState => ({
  version: 'V/1',
  height: 10,
  goal: 100,
  peers: 3,
  percent: 10,
  synced: false,
  ...more,
})
const done = node({ height: 100, percent: 100, synced: true })

type Answer = NodeState | Error | Promise<NodeState>

function setUp({
  el,
  cl,
  poll_ms = 10_000,
  timeout_ms = 3_600_000,
}: {
  el: Answer[]
  cl: Answer[]
  poll_ms?: number
  timeout_ms?: number
}) {
  const clock = createFakeClock(START)
  const controller = new AbortController()
  const snapshots: Snapshot[] = []
  const next = (answers: Answer[]) => async () => {
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer
    if (answer instanceof Error) throw answer
    return answer
  }
  const watching = watchSync({
    readExecution: next(el),
    readConsensus: next(cl),
    executionDisk: () => 1000,
    consensusDisk: () => null,
    clock,
    signal: controller.signal,
    poll_ms,
    timeout_ms,
    startedAt: () => START,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
  })
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      await turn()
      await turn()
      clock.advance(1000)
    }
    await turn()
    await turn()
  }
  return { clock, controller, snapshots, watching, pass }
}

test('it ends when both clients are in sync at the same look', async (t) => {
  const { watching, snapshots, pass } = setUp({
    el: [node(), done, node({ height: 99 }), done],
    cl: [node(), node(), done, done],
  })
  await pass(60)
  t.equal((await watching).outcome, 'synced')
  t.same(
    snapshots.map(({ elapsed_ms }) => elapsed_ms),
    [0, 10_000, 20_000, 30_000],
  )
})

test('a client that is away is shown with what was known of it, and never in sync', async (t) => {
  const { watching, snapshots, pass } = setUp({
    el: [done, new Error('ECONNREFUSED'), done],
    cl: [node(), done],
  })
  await pass(60)
  t.equal((await watching).outcome, 'synced')
  t.match(snapshots[1]?.execution, { away: 'ECONNREFUSED', state: { height: 100 } })
  t.equal(snapshots.length, 3)
})

test('an answer in part keeps the version and the peers that were known', async (t) => {
  const { watching, snapshots, pass } = setUp({
    el: [node(), node({ version: null, peers: null })],
    cl: [node()],
  })
  await pass(11)
  t.match(snapshots[1]?.execution.state, { version: 'V/1', peers: 3 })
  void watching
})

test('the time-out ends it at its instant, not at the next look', async (t) => {
  const { watching, clock, snapshots, pass } = setUp({ el: [node()], cl: [node()], timeout_ms: 15_000 })
  await pass(16)
  const { outcome, last } = await watching
  t.equal(outcome, 'timeout')
  t.equal(last?.at, START + 15_000)
  t.equal(snapshots.length, 3)
  t.equal(clock.waiting, 0)
})

test('an interrupt ends it at once, during a pause and during a look', async (t) => {
  const first = setUp({ el: [node()], cl: [node()] })
  await first.pass(1)
  first.controller.abort()
  t.equal((await first.watching).outcome, 'interrupted')
  t.equal(first.clock.waiting, 0)

  const second = setUp({ el: [new Promise(() => {})], cl: [node()] })
  await second.pass(1)
  second.controller.abort()
  t.same(await second.watching, { outcome: 'interrupted', last: null })
})

test('a look that takes long does not shift the beat', async (t) => {
  let answer = (_state: NodeState) => {}
  const slow = new Promise<NodeState>((resolve) => {
    answer = resolve
  })
  const { snapshots, pass } = setUp({ el: [slow, node()], cl: [node()] })
  await pass(4)
  answer(node())
  await pass(7)
  t.same(
    snapshots.map(({ elapsed_ms }) => elapsed_ms),
    [0, 10_000],
  )
})

test('a snapshot has the names of the wire, without what is not known', async (t) => {
  const cl = node({ height: 5, percent: 50, peers: null, version: null })
  const { snapshots, pass } = setUp({ el: [node()], cl: [cl] })
  await pass(1)
  const metrics = JSON.parse(JSON.stringify(metricsOf(snapshots[0] as Snapshot)))
  t.same(metrics, {
    block: 10,
    exec_peers: 3,
    exec_sync_percent: 10,
    exec_version: 'V/1',
    exec_disk_usage: 1000,
    slot: 5,
    cons_sync_percent: 50,
  })
})

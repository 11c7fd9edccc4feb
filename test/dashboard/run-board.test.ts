import t from 'tap'
import { createBoard } from '../../dashboard/lib/run-board.ts'
import { after } from '../../dashboard/lib/run-change.ts'
import {
  addSample,
  finishOf,
  RATE_MS,
  type Sample,
  slopeOf,
  slopesOf,
  steadyFinish,
} from '../../dashboard/lib/run-pace.ts'
import { event, iso, runOf, START } from './run-samples.ts'

/** A board whose frames come when they are asked for. */
function boardForTest() {
  const frames: (() => void)[] = []
  let unknown = 0
  const board = createBoard(
    (flush) => void frames.push(flush),
    () => void unknown++,
  )
  const frame = () => {
    for (const flush of frames.splice(0)) flush()
  }
  const entry = (id = 'a') => board.all.get()?.find((each) => each.id === id)
  return { board, frame, frames, entry, unknown: () => unknown }
}

t.test('of the list and the feed the newer version counts, whichever is first', async (t) => {
  const { board, frame, entry } = boardForTest()
  t.equal(board.all.get(), null)
  board.merge([runOf({ version: 2 })])
  frame()
  board.take(event(5, 5000))
  board.take(event(4, 4000))
  board.merge([runOf({ version: 3, last_update: iso(3000) })])
  frame()
  t.match(entry()?.get().run, { version: 5, current_metrics: { block: 5 }, last_update: iso(5000) })
  board.merge([runOf({ version: 6, last_update: iso(6000), network: 'mainnet' })])
  frame()
  t.match(entry()?.get().run, { version: 6, network: 'mainnet' })
})

t.test('what the feed tells of a run before the list has it is not lost', async (t) => {
  const { board, frame, entry, unknown } = boardForTest()
  board.merge([])
  frame()
  t.same(board.all.get(), [], 'none is an answer')
  board.take(event(1, 0, { type: 'test_start', data: {} }))
  board.take(event(3, 3000))
  t.equal(unknown(), 2, 'a list is asked for')
  board.merge([runOf({ version: 2 })])
  frame()
  t.equal(entry()?.get().run.version, 3)
  board.take(event(1, 9000, { type: 'test_start', data: {} }))
  t.equal(unknown(), 3, 'a name that begins anew is asked about, too')
  board.merge([runOf({ version: 1, start_time: iso(9000), last_update: iso(9000) })])
  frame()
  t.equal(entry()?.get().run.start_time, iso(9000))
  board.merge([])
  frame()
  t.same(board.all.get(), [], 'what no list has any more is gone')
})

t.test('a frame tells each row once, and of itself alone', async (t) => {
  const { board, frame, frames, entry } = boardForTest()
  board.merge([runOf(), runOf({ run_id: 'b' })])
  frame()
  const order = board.all.get()
  const told: string[] = []
  for (const id of ['a', 'b']) entry(id)?.subscribe(() => told.push(id))
  for (let version = 2; version < 60; version++) board.take(event(version, version * 1000))
  t.equal(frames.length, 1)
  frame()
  t.same(told, ['a'])
  t.equal(board.all.get(), order, 'the order is looked at when a status changes, not before')
  board.take(event(99, 99_000, { type: 'test_stale', status: 'stale', data: { error: 'silent' } }))
  frame()
  t.not(board.all.get(), order)
})

t.test('a run after each event is what the list would have', async (t) => {
  const told = (more: object) => after(runOf({ error: 'old' }), event(2, 5000, more))
  t.match(told({}), { error: null, last_update: iso(5000), is_running: true })
  t.match(told({ type: 'test_stale', status: 'stale', data: { error: 'silent' } }), {
    status: 'stale',
    error: 'silent',
    last_update: iso(0),
    is_running: false,
    is_complete: false,
  })
  t.match(told({ type: 'test_revived', data: {} }), { error: null, status: 'running' })
  const end = { success: false, error: 'full', final_block: 7, final_slot: null }
  t.match(told({ type: 'test_complete', status: 'failed', data: end }), {
    ...end,
    status: 'failed',
    end_time: iso(5000),
    is_complete: true,
  })
})

const sample = (at: number, block: number | null, percent: number | null = null): Sample => ({
  at,
  block,
  exec: percent,
  cons: null,
})

t.test('a speed is that of the last minute, and unknown before it can be known', async (t) => {
  const rate = (samples: readonly Sample[]) => slopeOf(samples, 'block', RATE_MS)
  t.equal(rate([]), null)
  t.equal(rate([sample(0, 0)]), null)
  t.equal(rate([sample(0, 0), sample(10_000, 50)]), null, 'too early')
  t.equal(rate([sample(0, 0), sample(20_000, 50)]), 2.5)
  t.equal(rate([sample(0, 0), sample(60_000, 60), sample(120_000, 660)]), 10, 'not that of before')
  t.equal(rate([sample(0, 0), sample(180_000, 360)]), 2, 'rare reports tell what they can')
  t.equal(rate([sample(0, 0), sample(100, null), sample(20_000, null)]), null)

  let samples: readonly Sample[] = []
  for (let second = 0; second <= 3600; second++) samples = addSample(samples, sample(second * 1000, second))
  t.ok(samples.length < 130, `${samples.length} samples of an hour`)
  t.equal(rate(samples), 1)
  t.equal(addSample(samples, sample(0, 0)), samples, 'a late one changes nothing')
  t.same(addSample(samples, sample(9e6, 5)), [sample(9e6, 5)], 'a node that began anew begins anew here')
})

t.test('reports that were held back and come at once do not look like a leap', async (t) => {
  let samples: readonly Sample[] = [sample(0, 0), sample(60_000, 600)]
  for (let i = 1; i <= 30; i++) samples = addSample(samples, sample(360_000 + i, 600 + 100 * i))
  t.ok(Math.abs((slopeOf(samples, 'block', RATE_MS) ?? 0) - 10) < 0.1)
})

t.test('the end is foretold when both clients move, and stays where it is', async (t) => {
  const both = (at: number, exec: number, cons: number): Sample => ({ at, block: null, exec, cons })
  const finish = (samples: Sample[]) => finishOf(samples.at(-1) as Sample, slopesOf(samples, RATE_MS))
  t.equal(finish([both(0, 0, 0), both(60_000, 10, 20)]), 600_000, 'the slower one counts')
  t.equal(finish([both(0, 0, 50), both(60_000, 10, 50)]), null, 'one stands still')
  t.equal(finish([both(0, 0, 100), both(60_000, 50, 100)]), 120_000, 'one is there')
  t.equal(finish([both(0, 99, 99), both(60_000, 100, 100)]), 60_000)
  t.equal(finish([sample(0, 1), sample(60_000, 2)]), null, 'nobody said how far')
  t.equal(steadyFinish(null, 500_000, 0), 500_000)
  t.equal(steadyFinish(500_000, 505_000, 0), 500_000)
  t.equal(steadyFinish(500_000, 600_000, 0), 600_000)
  t.equal(steadyFinish(500_000, null, 0), null)
})

t.test('the board knows the pace of what runs, by a history first and by reports later', async (t) => {
  const { board, frame, entry } = boardForTest()
  board.merge([runOf({ current_metrics: { exec_sync_percent: 50 } })])
  frame()
  t.match(entry()?.get(), { rate: null, finish_at: null })
  board.remember('a', { block: 9, exec: 0.5, cons: null })
  frame()
  t.match(entry()?.get(), { rate: 9, finish_at: START + 100_000 })
  for (const at of [0, 10_000, 20_000, 60_000]) {
    board.take(event(at + 2, at, { data: { block: at / 500, exec_sync_percent: 50 + at / 2000 } }))
  }
  frame()
  t.match(entry()?.get(), { rate: 2, finish_at: START + 100_000 })
  board.take(event(99_999, 61_000, { type: 'test_stale', status: 'stale', data: { error: 'silent' } }))
  frame()
  t.match(entry()?.get(), { rate: null, finish_at: null })
})

import t from 'tap'
import type { HistoryEvent } from '../../../schemas/history.ts'
import type { SessionHistory } from './history.ts'
import { checkLosses, lossesIn, resyncsIn } from './losses.ts'
import { checkRun } from './reporters.ts'
import { answer, BEGAN, play } from './sample.ts'

const at = (history: SessionHistory, version: number) =>
  history.log.find((event) => event.version === version) as HistoryEvent & {
    state: NonNullable<HistoryEvent['state']>
  }

/** What was played went back to version 5, and on from there at version 10. */
function lossy(known: boolean): SessionHistory {
  const history = play()
  const resynced = { ...at(history, 5), version: 10, type: 'session.resynced' }
  resynced.state = { ...resynced.state, version: 10, updated_at: new Date(BEGAN + 5000).toISOString() }
  // Whether the audit log had got what the store has lost.
  const log = known ? history.log : history.log.filter(({ version }) => version <= 5)
  return { ...history, log: [...log, resynced], final: resynced.state }
}

t.test('what a store has lost is what was acknowledged after the state that is told anew', async (t) => {
  t.strictSame(lossesIn(play()), [])
  for (const known of [true, false]) {
    const history = lossy(known)
    t.equal(resyncsIn(history), 1)
    t.strictSame(
      lossesIn(history).map(({ version }) => version),
      [6, 8, 9],
      'all but the deadline, which nobody asked for',
    )
    t.strictSame(checkLosses(history, BEGAN + 1000), [])
    t.match(checkLosses(history, BEGAN + 1001), [{ rule: 'lost', version: 6 }])
  }
})

t.test('where another change has the version, and nobody noticed, that is a loss too', async (t) => {
  const history = play()
  history.operations.push({
    kind: 'switch',
    keyed: false,
    answers: [answer('acknowledged', 8, at(history, 3).state)],
  })
  t.match(lossesIn(history), [{ version: 8 }])
})

t.test('two changes of one version are one that is lost, also when nobody sees a difference', async (t) => {
  const history = play()
  const first = history.operations[0] as (typeof history.operations)[0]
  const again = first.answers.map((each) => ({ ...each, answered_at: BEGAN + 9000 }))
  history.operations.push({ ...first, answers: again })
  t.strictSame(lossesIn(history), [{ version: 1, answered_at: BEGAN }])
  const deleted = { ...answer('acknowledged'), answered_at: BEGAN + 8000 }
  history.operations.splice(-1, 0, { kind: 'delete', keyed: true, answers: [deleted] })
  t.strictSame(lossesIn(history), [{ version: 1, answered_at: BEGAN + 8000 }], 'what is lost is the deletion')
})

t.test('a run has all that was acknowledged, once', async (t) => {
  const point = (s: number) => ({ timestamp: new Date(s * 1000).toISOString() })
  const final = { progress_history: [point(1), point(2)], is_complete: true, status: 'completed' } as never
  const run = { id: 'r', acknowledged: [1], completed: true, final }
  t.strictSame(checkRun(run), [])
  t.strictSame(checkRun({ ...run, acknowledged: [], completed: false, final: null }), [])
  t.match(checkRun({ ...run, acknowledged: [1, 3] }), [/lacks 1 of 2/])
  t.match(checkRun({ ...run, final: null }), [/gone/])
  const open = { progress_history: [point(1), point(1)], is_complete: false, status: 'running' } as never
  t.match(checkRun({ ...run, final: open }), [/is running/, /twice/])
})

import t from 'tap'
import { FAULTS } from './faults/kinds/index.ts'
import { table } from './faults/report.ts'
import { runFaults } from './faults/runner.ts'

const SEED = process.env.FAULTS_SEED ?? 'metronome'

t.setTimeout(280_000)

t.test('whatever breaks, no acknowledged change is lost, doubled or told wrongly', async (t) => {
  t.comment(`FAULTS_SEED=${SEED} plays the same again`)
  const outcome = await runFaults(t, {
    faults: FAULTS.filter(({ short }) => short),
    seed: SEED,
    size: { sessions: 8, fault_ms: 1500 },
    goOn: () => false,
    print: (line) => t.comment(line),
  })
  if (!outcome) return
  t.comment(`\n${table(outcome.rows)}`)
  t.equal(outcome.failed, 0)
  t.ok(outcome.passed > 0, `${outcome.passed} histories are as they should be`)
})

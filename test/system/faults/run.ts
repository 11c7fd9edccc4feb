import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { FAULTS } from './kinds/index.ts'
import { createOwner } from './owner.ts'
import { table } from './report.ts'
import { runFaults } from './runner.ts'

/**
 * `npm run test:faults -- [--minutes 20] [--seed TEXT] [--only NAME]`: clients play on real servers while these break,
 * and every history is checked. `--only`: the faults with this in their name. Each fault comes once, whatever the time;
 * the seed decides what is played and when it breaks, not how the processes interleave.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: randomUUID().slice(0, 8) },
    only: { type: 'string', default: '' },
  },
})
const { seed } = values
const until = performance.now() + Number(values.minutes) * 60_000
const faults = FAULTS.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()))
if (faults.length === 0 || Number.isNaN(until)) {
  console.error(
    `--minutes takes a number, --only a part of one of: ${FAULTS.map(({ name }) => name).join('; ')}`,
  )
  process.exit(2)
}

// Each server that is started wants to be told of the end.
process.setMaxListeners(0)
const owner = createOwner('faults')
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void owner.end().finally(() => process.exit(1)))
}
try {
  const size = { sessions: 16, fault_ms: 8000 }
  const print = (line: string) => console.log(line)
  const outcome = await runFaults(owner, { faults, seed, size, print, goOn: () => performance.now() < until })
  if (!outcome) throw new Error('Redis 7 and PostgreSQL have to be installed')
  const notes = faults.flatMap(({ name, loses }) => (loses ? [`${name} may lose ${loses}`] : []))
  console.log(`\n${[table(outcome.rows), '', ...notes].join('\n')}\nseed ${seed}`)
  console.log(`${outcome.passed} passed, ${outcome.failed} failed`)
  process.exitCode = outcome.failed === 0 && outcome.passed > 0 ? 0 : 1
} finally {
  await owner.end()
}
// Watchers that were cut may still be on their way.
process.exit()

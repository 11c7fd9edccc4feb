/**
 * From the start of the process to its first answer, and its memory then.   npm run bench -- start [--rounds N]
 */
import { parseArgs } from 'node:util'
import { median, report } from './lib/report.ts'
import { startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const ready: number[] = []
const memory: number[] = []
for (let i = 0; i < Number(values.rounds); i++) {
  const server = await startServer({ DATA_DIR: temporaryFolder() })
  ready.push(server.ready_ms)
  memory.push(server.memory())
  await server.kill('SIGTERM')
}
report('start', [
  { what: 'ready, ms', median: Math.round(median(ready)), max: Math.round(Math.max(...ready)) },
  { what: 'memory, MB', median: Math.round(median(memory)), max: Math.round(Math.max(...memory)) },
])

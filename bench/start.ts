/**
 * From the start of the process to its first answer, and its memory then, beside a bare Fastify with the same plugins of
 * others: in turns, on the embedded store, without the audit log (`persist` has its start).
 *
 *   npm run bench -- start [--rounds 5]
 */
import { parseArgs } from 'node:util'
import { atMost, median, report } from './lib/report.ts'
import { startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const contenders = [
  { what: 'SyncKairos', args: ['server.ts'], ready: [] as number[], memory: [] as number[] },
  { what: 'bare Fastify', args: ['bench/lib/bare-start.ts'], ready: [] as number[], memory: [] as number[] },
]
for (let i = 0; i < Number(values.rounds); i++) {
  for (const { args, ready, memory } of i % 2 === 0 ? contenders : contenders.toReversed()) {
    const server = await startServer({ DATA_DIR: temporaryFolder() }, args)
    ready.push(server.ready_ms)
    memory.push(server.memory())
    await server.kill('SIGTERM')
  }
}
const [ours, bare] = contenders as [(typeof contenders)[0], (typeof contenders)[0]]
report(
  'start',
  contenders.map(({ what, ready, memory }) => ({
    what,
    ready_ms: Math.round(median(ready)),
    ready_max_ms: Math.round(Math.max(...ready)),
    memory_mb: Math.round(median(memory)),
    memory_max_mb: Math.round(Math.max(...memory)),
  })),
  [
    atMost('to the first answer', Math.round(median(ours.ready)), 1000, ' ms'),
    atMost("to the first answer, of bare Fastify's", median(ours.ready) / median(bare.ready), 1.5),
    atMost("memory, of bare Fastify's", median(ours.memory) / median(bare.memory), 1.5),
  ],
)

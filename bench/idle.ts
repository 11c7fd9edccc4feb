/**
 * 10,000 WebSockets on which nothing happens but a ping every 5 s, ten to a session, beside as many of bare `ws`: memory
 * per socket after a forced collection, and how much of a core the pings take.
 *
 * One after the other, because both at once would need more open files than many systems allow a process (`ulimit -n`).
 * What a socket has beside its WebSocket: the request that opened it, its token's standing, its limits, its subscriptions
 * and what is to be sent to it.
 *
 *   npm run bench -- idle [--sockets 10000] [--seconds 15]
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { memoryOf, startProbed } from './lib/memory.ts'
import { cpuOf } from './lib/realtime-cpu.ts'
import { openReaders } from './lib/realtime-readers.ts'
import { startSession } from './lib/realtime-sessions.ts'
import { atMost, report, round } from './lib/report.ts'
import { type ServerProcess, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({
  options: { sockets: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '15' } },
})
const count = Number(values.sockets)
const SOCKETS_OF_A_SESSION = 10

/** In bytes and as a share of a core. */
async function measure(server: ServerProcess, path: (reader: number) => string, greetings: number) {
  const before = await memoryOf(server)
  const readers = await openReaders({ base: server.base, count, path })
  await readers.until(greetings * count)
  // What the upgrades have left behind goes with the timers of their requests.
  await delay(2000)
  const after = await memoryOf(server)
  const busy = cpuOf(server)
  const began = performance.now()
  await delay(Number(values.seconds) * 1000)
  const core = (cpuOf(server) - busy) / (performance.now() - began)
  readers.close()
  await server.kill('SIGTERM')
  const used = ({ heap, external }: typeof after) => heap + external
  return {
    used: (used(after) - used(before)) / count,
    resident: (after.resident - before.resident) / count,
    core,
  }
}

const bare = await measure(await startProbed({}, 'bench/lib/realtime-bare.ts'), () => '/', 0)
const server = await startProbed({ DATA_DIR: temporaryFolder() })
const ids: string[] = []
while (ids.length * SOCKETS_OF_A_SESSION < count) ids.push(await startSession(server.base, 2))
const own = await measure(server, (reader) => `/ws?sessionId=${ids[reader % ids.length]}`, 2)

const row = (what: string, { used, resident, core }: typeof own) => ({
  what,
  used_kib_per_socket: round(used / 1024),
  resident_kib_per_socket: round(resident / 1024),
  percent_of_a_core: round(100 * core),
})
report(
  `idle, ${count} sockets`,
  [row('SyncKairos', own), row('bare ws', bare)],
  [
    atMost('memory of a socket', own.used / 1024, 15, ' KiB'),
    atMost("memory of a socket, of bare ws'", own.used / bare.used, 1.5),
  ],
)
process.exit(0)

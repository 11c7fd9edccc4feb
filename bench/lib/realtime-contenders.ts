import { cpuOf } from './realtime-cpu.ts'
import type { Readers } from './realtime-readers.ts'
import { atLeast, median, report, round } from './report.ts'
import { type Contender, interleave } from './rounds.ts'
import { memoryFolder, type ServerProcess, startServer } from './server.ts'

const BARE = ['bench/lib/realtime-bare.ts']
const SOCKET_IO = ['bench/lib/realtime-socketio.ts']

/** A SyncKairos of its own, whose store lies in memory: how fast the disk is has nothing to do with a broadcast. */
export const startKairos = (env: Record<string, string> = {}): Promise<ServerProcess> =>
  startServer({ DATA_DIR: memoryFolder(), SSE_MAX_STREAMS_PER_IP: '0', ...env })

/** A server whose every POST sends `bytes` bytes to all who are connected. */
export const startBare = (bytes: number): Promise<ServerProcess> =>
  startServer({ BARE_BYTES: String(bytes) }, BARE)

/** The same with Socket.IO. */
export const startSocketio = (bytes: number, env: Record<string, string> = {}): Promise<ServerProcess> =>
  startServer({ BARE_BYTES: String(bytes), ...env }, SOCKET_IO)

export type Broadcaster = {
  name: string
  server: ServerProcess
  readers: Readers
  /** How many readers get each broadcast. */
  audience: number
  /** Asks the server for one broadcast. */
  broadcast(): Promise<void>
}

export type Fanout = { name: string; per_second: number; cpu_us: number; p50: number; p99: number }

/**
 * Broadcasts one after the other, each when all readers have the one before: deliveries per second, CPU time of the
 * server per delivery (us) and the time until the last reader has it (ms), as medians of the rounds.
 */
export async function compareFanout(all: Broadcaster[], rounds: number, round_ms: number): Promise<Fanout[]> {
  const cpu = new Map<string, number[]>(all.map(({ name }) => [name, []]))
  const contenders = all.map(({ name, server, readers, audience, broadcast }): Contender => {
    async function round() {
      const took: number[] = []
      const busy = cpuOf(server)
      const began = performance.now()
      const before = readers.received
      for (let now = began; now - began < round_ms; ) {
        const delivered = readers.until(readers.received + audience)
        await Promise.all([broadcast(), delivered])
        took.push(performance.now() - now)
        now = performance.now()
      }
      const deliveries = readers.received - before
      cpu.get(name)?.push(((cpuOf(server) - busy) * 1000) / deliveries)
      return { per_second: (deliveries * 1000) / (performance.now() - began), took }
    }
    return { name, round }
  })
  const standings = await interleave(contenders, rounds)
  return standings.map((standing) => ({
    ...standing,
    // The round that warms up does not count here either.
    cpu_us: median(cpu.get(standing.name)?.slice(1) ?? []),
  }))
}

/** Prints the standings; `aims`: what the first one is to reach of the others' deliveries per second, by their names. */
export function reportFanout(name: string, standings: Fanout[], aims: Record<string, number>): void {
  const [first, ...others] = standings
  if (!first) return
  report(
    name,
    standings.map((each) => ({
      what: each.name,
      deliveries_per_second: Math.round(each.per_second),
      server_cpu_us: round(each.cpu_us),
      to_the_last_p50_ms: round(each.p50),
      to_the_last_p99_ms: round(each.p99),
      ...(each !== first && {
        ratio: round(first.per_second / each.per_second),
        cpu_ratio: round(each.cpu_us / first.cpu_us),
      }),
    })),
    others.map((each) =>
      atLeast(
        `deliveries/s of those of ${each.name}`,
        first.per_second / each.per_second,
        aims[each.name] as number,
      ),
    ),
  )
}

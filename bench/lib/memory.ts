import { once } from 'node:events'
import { type ServerProcess, startServer } from './server.ts'

const PROBE = new URL('./heap-probe.ts', import.meta.url).href

/** Bytes that are in use once all garbage has been collected. `external`: outside the heap, Buffers among it. */
export type Memory = { heap: number; external: number; buffers: number; resident: number }

/** A server that can be asked for its memory. */
export const startProbed = (env: Record<string, string>, file = 'server.ts'): Promise<ServerProcess> =>
  startServer(env, ['--expose-gc', '--import', PROBE, file])

export async function memoryOf({ child }: ServerProcess): Promise<Memory> {
  child.send('collect')
  const [usage] = (await once(child, 'message')) as [NodeJS.MemoryUsage]
  return {
    heap: usage.heapUsed,
    external: usage.external,
    buffers: usage.arrayBuffers,
    resident: usage.rss,
  }
}

/**
 * By how much y rises with x, from the least of the first half of the points to the least of the second: what is under
 * way at a busy moment is only ever added to what is kept.
 */
export function growthOf(points: readonly (readonly [x: number, y: number])[]): number {
  const half = points.length / 2
  const halves = [points.slice(0, half), points.slice(half)]
  const [y1 = 0, y2 = 0] = halves.map((some) => Math.min(...some.map(([, y]) => y)))
  const [x1 = 0, x2 = 0] = halves.map((some) => some.reduce((sum, [x]) => sum + x, 0) / some.length)
  return (y2 - y1) / (x2 - x1)
}

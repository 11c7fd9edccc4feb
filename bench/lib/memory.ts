import { once } from 'node:events'
import { median } from './report.ts'
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

/** How much y rises with each x: the median over all pairs of points, so that a look at a busy moment does not count. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(i + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)))
  return median(slopes)
}

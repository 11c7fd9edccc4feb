import { readFileSync } from 'node:fs'
import type { ServerProcess } from './server.ts'

/** Linux counts the time of processes in hundredths of a second. */
const TICK_MS = 10

/** How long the process has kept a core busy, all of its threads together, in ms. */
export function cpuOf({ child }: ServerProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
  // The name in brackets may hold spaces; utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

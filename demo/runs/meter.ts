import type { Metrics } from '../../sdk/reporter.ts'
import type { Random } from '../lib/random.ts'
import type { Behaviour, Pair } from './nodes.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20
const SLOT_S = 12
/** When the first slot of hoodi was, in unix seconds. */
const GENESIS_S = 1_742_213_400
/** How many slots went by without a block, so far. */
const EMPTY_SLOTS = 0.045

/** What a machine measures of a pair that syncs. `pace`: in times its usual speed. */
export function createMeter(pair: Pair, random: Random, pace: number) {
  const execution = createNodeMeter(pair.execution, random.stream('execution'))
  const consensus = createNodeMeter(pair.consensus, random.stream('consensus'))
  const sync_s = (pair.sync_minutes * 60) / pace
  let before_s = 0

  /** `elapsed_s` since the start, `now_s` since the Unix epoch. */
  return function measure(elapsed_s: number, now_s: number) {
    const step_s = elapsed_s - before_s
    before_s = elapsed_s
    const part = Math.min(1, elapsed_s / sync_s)
    const head_slot = Math.floor((now_s - GENESIS_S) / SLOT_S)
    const exec = execution(part, step_s)
    const cons = consensus(Math.min(1, part * 1.25), step_s)
    const metrics: Metrics = {
      block: Math.floor(head_slot * (1 - EMPTY_SLOTS) * exec.done),
      slot: Math.floor(head_slot * cons.done),
      exec_sync_percent: percent(exec.done),
      cons_sync_percent: percent(cons.done),
      exec_version: pair.execution.version,
      cons_version: pair.consensus.version,
      ...named('exec', exec),
      ...named('cons', cons),
    }
    return { metrics, complete: part === 1 }
  }
}

type Measured = ReturnType<ReturnType<typeof createNodeMeter>>

function createNodeMeter(node: Behaviour, random: Random) {
  // Each wanders around what is usual, and remembers where it is.
  const [load, crowd, memory, disk] = [
    wander(random, 0.35),
    wander(random, 0.2),
    wander(random, 0.12),
    wander(random, 0.03),
  ]
  let read = 0
  let written = 0

  return (part: number, step_s: number) => {
    const done = along(node.course, part)
    const warm = Math.min(1, part / 0.06)
    // Who has caught up has little to do.
    const busy = (part < 1 ? 1 : 0.12) * Math.min(1, 0.3 + warm) * load()
    read += node.read_mb_s * MIB * step_s * busy
    written += node.write_mb_s * MIB * step_s * busy
    return {
      done,
      peers: Math.round(node.peers * Math.min(1, 0.05 + part / 0.04) * crowd()),
      disk_usage: Math.round(node.disk_gb * GIB * (0.02 + 0.98 * done) * disk()),
      memory_usage: Math.round(node.memory_gb * GIB * (0.35 + 0.65 * warm) * memory()),
      cpu_usage_percent: Math.round(node.cpu_percent * busy * 10) / 10,
      block_io_read: Math.round(read),
      block_io_write: Math.round(written),
    }
  }
}

function named(side: 'exec' | 'cons', { done: _, ...measured }: Measured): Metrics {
  return Object.fromEntries(Object.entries(measured).map(([name, value]) => [`${side}_${name}`, value]))
}

/** Values around 1 that differ from their neighbours a little and stay within `reach`. */
function wander(random: Random, reach: number): () => number {
  let away = 0
  return () => {
    away = away * 0.9 + random.between(-reach, reach) * 0.3
    return 1 + Math.max(-reach, Math.min(reach, away))
  }
}

/** Straight lines between the points of a course. */
function along(course: Behaviour['course'], part: number): number {
  const after = course.findIndex(([at]) => at >= part)
  const [to, done] = course[after] ?? [1, 1]
  const [from, before] = course[after - 1] ?? [0, 0]
  return to === from ? done : before + ((part - from) / (to - from)) * (done - before)
}

const percent = (share: number) => Math.floor(share * 10_000) / 100

import type { Metrics, ReporterClock } from '../../sdk/reporter.ts'
import type { NodeState } from './execution.ts'
import { createPace, type Pace } from './rate.ts'

/** One client at one poll. `state` is the newest known, `away` why there is none of this poll. */
export type Side = { state: NodeState | null; away: string | null; disk: number | null; pace: Pace }

/** `at` in ms since the Unix epoch. */
export type Snapshot = { at: number; elapsed_ms: number; execution: Side; consensus: Side }

export type Outcome = 'synced' | 'timeout' | 'interrupted'

export type SyncSources = {
  readExecution(): Promise<NodeState>
  readConsensus(): Promise<NodeState>
  /** Bytes; null while unknown. */
  executionDisk(): number | null
  consensusDisk(): number | null
}

type Options = SyncSources & {
  clock: ReporterClock
  signal: AbortSignal
  poll_ms: number
  timeout_ms: number
  /** When the time-out began to count, in ms since the Unix epoch. */
  startedAt(): number
  onSnapshot(snapshot: Snapshot): void
}

const UNKNOWN: Pace = { rate: null, eta_ms: null }

/** Polls both clients until they are in sync in the same poll, the time is up, or `signal` aborts. */
export async function watchSync(options: Options): Promise<{ outcome: Outcome; last: Snapshot | null }> {
  const { clock, signal, poll_ms, timeout_ms } = options
  const execution = createSide(options.readExecution, options.executionDisk)
  const consensus = createSide(options.readConsensus, options.consensusDisk)
  const stopped = aborted(signal)
  let last: Snapshot | null = null
  while (!signal.aborted) {
    const at = clock.now()
    const sides = await Promise.race([Promise.all([execution(at), consensus(at)]), stopped])
    if (!sides) break
    last = { at, elapsed_ms: at - options.startedAt(), execution: sides[0], consensus: sides[1] }
    options.onSnapshot(last)
    if (sides.every(({ state, away }) => away === null && state?.synced)) return { outcome: 'synced', last }
    const deadline = options.startedAt() + timeout_ms
    if (clock.now() >= deadline) return { outcome: 'timeout', last }
    // By the beat, not after the answers: a slow node makes a poll late, not all the following ones.
    await sleep(clock, Math.min(Math.max(at + poll_ms, clock.now()), deadline), signal)
  }
  return { outcome: 'interrupted', last }
}

function createSide(read: () => Promise<NodeState>, disk: () => number | null) {
  const measure = createPace()
  let state: NodeState | null = null
  let pace = UNKNOWN
  return async (at: number): Promise<Side> => {
    try {
      const fresh = await read()
      // A client that answers only in part has not changed its version or lost its peers.
      state = {
        ...fresh,
        version: fresh.version ?? state?.version ?? null,
        peers: fresh.peers ?? state?.peers ?? null,
      }
      pace = measure(at, state.height, state.goal)
      return { state, away: null, disk: disk(), pace }
    } catch (error) {
      return { state, away: (error as Error).message, disk: disk(), pace: UNKNOWN }
    }
  }
}

/** The snapshot in the names of the wire; what is not known is absent. */
export function metricsOf({ execution, consensus }: Snapshot): Metrics {
  return {
    block: execution.state?.height,
    exec_peers: execution.state?.peers ?? undefined,
    exec_sync_percent: execution.state?.percent,
    exec_version: execution.state?.version ?? undefined,
    exec_disk_usage: execution.disk ?? undefined,
    slot: consensus.state?.height,
    cons_peers: consensus.state?.peers ?? undefined,
    cons_sync_percent: consensus.state?.percent,
    cons_version: consensus.state?.version ?? undefined,
    cons_disk_usage: consensus.disk ?? undefined,
  }
}

function sleep(clock: ReporterClock, until: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.at(until, done)
    signal.addEventListener('abort', done)
  })
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}

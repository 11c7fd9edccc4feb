import type { Point, RunState } from './state.ts'

/** What a run came to, or has come to so far. Sizes in bytes; null: not reported, of a sum: not by both clients. */
export type Summary = {
  readonly duration_ms: number
  readonly final_block: number | null
  readonly final_slot: number | null
  readonly exec_disk_usage: number | null
  readonly cons_disk_usage: number | null
  /** Of both clients together. */
  readonly disk_usage: number | null
  readonly peak_exec_memory_usage: number | null
  readonly peak_cons_memory_usage: number | null
  /** Both peaks together, which need not have come at the same time: exact also of a thinned history. */
  readonly peak_memory_usage: number | null
  readonly points: number
}

/** `points`: the run's whole history, ordered. */
export function summarise(state: RunState, points: readonly Point[]): Summary {
  const last = (name: string) => valuesOf(points, name).at(-1) ?? null
  const peak = (name: string) => valuesOf(points, name).reduce<number | null>(larger, null)
  const disks = [last('exec_disk_usage'), last('cons_disk_usage')] as const
  const peaks = [peak('exec_memory_usage'), peak('cons_memory_usage')] as const
  const end = state.end_at ?? state.current?.at ?? state.start_at
  return {
    duration_ms: Math.max(0, end - state.start_at),
    final_block: state.final_block ?? last('block'),
    final_slot: state.final_slot ?? last('slot'),
    exec_disk_usage: disks[0],
    cons_disk_usage: disks[1],
    disk_usage: sum(...disks),
    peak_exec_memory_usage: peaks[0],
    peak_cons_memory_usage: peaks[1],
    peak_memory_usage: sum(...peaks),
    points: points.length,
  }
}

const valuesOf = (points: readonly Point[], name: string): number[] =>
  points.map(({ metrics }) => metrics[name]).filter((value) => typeof value === 'number')

const larger = (a: number | null, b: number): number => (a === null ? b : Math.max(a, b))

const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)

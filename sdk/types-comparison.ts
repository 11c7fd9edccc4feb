// Written by `npm run sdk:types` from schemas/.

import type { RunStatus } from './types-run.ts'

export type ComparisonQuery = {
  /** What the runs are aligned by; elapsed: ms since their start */
  axis?: 'elapsed' | 'block' | 'slot' | undefined
  /** Any metric, or elapsed; without it block, or on another axis elapsed */
  metric?: string | undefined
  /** Places on the axis */
  points?: number | undefined
}

export type RunSummary = {
  duration_ms: number
  final_block: number | null
  final_slot: number | null
  exec_disk_usage: number | null
  cons_disk_usage: number | null
  /** Of both, in bytes; null unless both are known */
  disk_usage: number | null
  peak_exec_memory_usage: number | null
  peak_cons_memory_usage: number | null
  /** Both peaks together, in bytes; null unless both are known */
  peak_memory_usage: number | null
  /** Points in its history */
  points: number
}

export type ComparedRun = {
  run_id: string
  status: RunStatus
  network: string
  labels: Record<string, string>
  el_client: string
  cl_client: string
  summary: RunSummary
  /** Its metric at each x, interpolated; null before its first and after its last point */
  y: (number | null)[]
}

export type Comparison = {
  axis: string
  metric: string
  /** Places on the axis, rising */
  x: number[]
  /** In the order of ids */
  runs: ComparedRun[]
}

export type BaselineQuery = {
  /** run_id of the baseline; without it the one in labels.baseline */
  against?: string | undefined
  /** What the run is judged by, comma-separated */
  checks?: string | undefined
  /** Largest duration, in times that of the baseline */
  max_duration_ratio?: number | undefined
  /** Largest final disk usage, in times that of the baseline */
  max_disk_ratio?: number | undefined
  /** Largest peak of memory, in times that of the baseline */
  max_memory_ratio?: number | undefined
}

export type BaselineCheck = {
  /** duration (ms), disk or memory (bytes) */
  name: string
  value: number | null
  baseline: number | null
  /** value - baseline */
  difference: number | null
  /** value / baseline */
  ratio: number | null
  limit: number
  /** unknown: the two did not report the same, or the baseline has not succeeded */
  verdict: 'pass' | 'fail' | 'unknown'
}

export type Baseline = {
  run_id: string
  against: string
  /**
   * fail: the run failed, or a check did; pending: it has not, but it has not ended either; unknown: the
   * baseline has not succeeded, or something is not reported
   */
  verdict: 'pass' | 'fail' | 'pending' | 'unknown'
  checks: BaselineCheck[]
  run: RunSummary
  baseline: RunSummary
}

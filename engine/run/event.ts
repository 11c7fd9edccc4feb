import type { Point, RunDefinition } from './state.ts'

type End = { success: boolean; final_block: number | null; final_slot: number | null; error: string | null }

/**
 * One accepted change of a run. `at` is the server's time (ms), for what happens at a deadline the deadline; other
 * instants are by the reporter's clock.
 *
 * - `run.kept_alive`: its reporter was heard of; tells what the reporter says the run is.
 * - `run.failed`: it ran out of its run_timeout; `run.completed`: its reporter said how it ended, well or not.
 */
export type RunEvent = { readonly version: number; readonly at: number } & (
  | { readonly type: 'run.started'; readonly data: { start_at: number; run: RunDefinition } }
  | { readonly type: 'run.kept_alive'; readonly data: { run: RunDefinition } }
  | { readonly type: 'run.progressed'; readonly data: { point: Point } }
  | { readonly type: 'run.went_stale'; readonly data: { error: string } }
  | { readonly type: 'run.revived'; readonly data: Record<string, never> }
  | { readonly type: 'run.completed'; readonly data: End & { end_at: number } }
  | { readonly type: 'run.failed'; readonly data: End & { end_at: number } }
)

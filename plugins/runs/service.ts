import { mergePoints } from '../../engine/run/points.ts'
import type { Point, RunState, RunStatus } from '../../engine/run/state.ts'
import { thin } from '../../engine/run/thin.ts'
import type { Report } from '../../engine/run/transitions.ts'
import type { RunDetail, RunListQuery } from '../../schemas/run.ts'
import type { Clock } from '../clock.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Position } from '../realtime/frames.ts'
import { createCommitLoop } from '../store/commit-loop.ts'
import { storeUnavailable } from '../store/errors.ts'
import { createKeyedQueue } from '../store/keyed-queue.ts'
import type { StateStore } from '../store/state-store.ts'
import { decode, isRunId, toDetail } from './codec.ts'
import { decideReport, decideSettling, type RunPlan, TOPIC } from './decide.ts'
import { runNotFound } from './errors.ts'
import { createRunHistory } from './history.ts'
import { listRuns } from './list.ts'
import { createPruning } from './prune.ts'

/** A run with its whole history, ordered. */
export type RunWithHistory = { state: RunState; points: readonly Point[] }

export type Runs = ReturnType<typeof createRuns>

type Options = {
  store: StateStore
  clock: Clock
  deadlines: Pick<Deadlines, 'arm'>
  retention_ms: number
  max_finished: number
  /** Told of every change that this instance has committed. */
  onChanged?: (id: string, at: Position, status: RunStatus) => void
  onConflict?: () => void
}

/**
 * Runs: decides with the engine, commits with the store. Reports of one run queue within this instance; against other
 * instances the store's compare-and-set decides, and what lost is decided anew.
 */
export function createRuns({ store, clock, deadlines, onChanged, onConflict, ...options }: Options) {
  const queue = createKeyedQueue()
  // Reports of one run hardly ever race, and none of them is stale: they are all taken, one after the other. A reporter
  // takes a 409 for a refusal, but comes again after a 503.
  const patience = { attempts: 200, lost: () => storeUnavailable() }
  const commit = createCommitLoop({ store, clock, deadlines, onConflict, ...patience })
  const history = createRunHistory(store)
  const prune = createPruning(store, history, options.max_finished, clock)
  const settings = { history, retention_ms: options.retention_ms }
  const keyOf = (id: string) => ({ topic: TOPIC, id })

  const decideAndCommit = (id: string, decide: ReturnType<typeof decideReport>) =>
    queue.run(id, async (): Promise<Pick<RunPlan, 'steps' | 'late'>> => {
      const outcome = await commit(keyOf(id), decide)
      if (outcome.answered !== undefined) return { steps: [] }
      const { record, plan } = outcome
      if (record) onChanged?.(id, record, record.label as RunStatus)
      return plan
    })

  const get = async (id: string): Promise<RunWithHistory> => {
    const record = isRunId(id) ? await store.read(keyOf(id)) : null
    if (!record) throw runNotFound(id)
    const state = decode(record.document)
    // After the run itself: what has left its own record by now is in the history.
    if (!state.spilled) return { state, points: state.points }
    const { points, width_ms } = await history.read(id, record.epoch)
    return { state, points: thin({ points: mergePoints(points, state.points), width_ms }).points }
  }

  return {
    /**
     * Takes a report; one that was taken before changes nothing. True when the run began with it.
     *
     * @throws DomainError RUN_NOT_FOUND, CONFLICT, STORE_UNAVAILABLE
     */
    async report(id: string, report: Report): Promise<boolean> {
      if (!isRunId(id)) throw runNotFound(id)
      let plan = await decideAndCommit(id, decideReport(id, report, settings))
      if (plan.late !== undefined) {
        const { points } = await history.read(id, plan.late)
        const earlier = { epoch: plan.late, points }
        plan = await decideAndCommit(id, decideReport(id, report, settings, earlier))
      }
      return plan.steps[0]?.event.type === 'run.started'
    },

    /** @throws DomainError RUN_NOT_FOUND, STORE_UNAVAILABLE */
    get,

    /** The same as clients see it. */
    async detail(id: string): Promise<RunDetail> {
      const { state, points } = await get(id)
      return toDetail(state, points)
    },

    /** Newest first. @throws DomainError VALIDATION_ERROR for a cursor that is not one of ours */
    list: (query: RunListQuery) => listRuns(store, query),

    /** The runs that are running, newest first, without their histories. */
    async running(limit: number): Promise<RunState[]> {
      const { records } = await store.list(TOPIC, { label: 'running', limit })
      return records.map(({ document }) => decode(document))
    },

    /** Does what is due: for the timers. */
    async settle(id: string): Promise<void> {
      await decideAndCommit(id, decideSettling(settings))
    },

    /** Removes the oldest of the finished runs when there are too many. */
    prune,

    /** Resolves when no call is under way. */
    idle: () => queue.idle(),
  }
}

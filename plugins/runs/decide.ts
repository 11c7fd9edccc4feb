import { crc32 } from 'node:zlib'
import { DomainError } from '../../engine/errors.ts'
import { lifetime } from '../../engine/run/lifetime.ts'
import { hasEnded, nextOf, type Point, type RunState } from '../../engine/run/state.ts'
import { apply, begin, type Report, type Step, settle } from '../../engine/run/transitions.ts'
import type { Event } from '../../schemas/event.ts'
import type { Known, Plan } from '../store/commit-loop.ts'
import { decode, encode } from './codec.ts'
import { runNotFound } from './errors.ts'
import type { RunHistory } from './history.ts'
import { messagesOf } from './messages.ts'

export const TOPIC = 'runs'

/** How many recent points a run's own record holds before they go to its history. */
export const TAIL_LIMIT = 32
/** How many of them stay all the same, so that a report that is repeated is recognised. */
const TAIL_KEPT = 8
/** A run's history must not go before the run. */
const HISTORY_OUTLIVES_MS = 60 * 60 * 1000

/**
 * `steps`: what the commit is made of, oldest first. `late`: nothing, because the report may be one that only the
 * history of the run of this epoch knows.
 */
export type RunPlan = Plan & { steps: readonly Step[]; late?: number }

/** The history of the run of this epoch. */
export type Earlier = { epoch: number; points: readonly Point[] }

type Settings = { history: Pick<RunHistory, 'keep'>; retention_ms: number }

/**
 * What a report makes of a run. What was due before it comes first, in events of its own. Without `earlier` a report
 * that may have been taken long ago is only called late.
 */
export function decideReport(id: string, report: Report, settings: Settings, earlier?: Earlier) {
  return ({ record, floor, now: clockNow }: Known): RunPlan => {
    if (!record) {
      if (report.type === 'progress' || report.type === 'complete') {
        return { draft: null, steps: [], refusal: runNotFound(id) }
      }
      return planOf(null, [begin(report.run, report.at, floor + 1, clockNow)], settings)
    }
    const state = decode(record.document)
    if (!earlier && isLate(state, report)) return { draft: null, steps: [], late: record.epoch }
    const known = earlier?.epoch === record.epoch ? earlier.points : []
    const now = Math.max(clockNow, state.reported_at)
    const due = settle(state, now)
    const before = { state, epoch: record.epoch }
    try {
      const steps = [...due, ...apply(due.at(-1)?.state ?? state, report, now, known)]
      return planOf(before, steps, settings)
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal
      return { ...planOf(before, due, settings), refusal }
    }
  }
}

/** The newest points never leave the run's own record; what is older and not there may be in the history. */
function isLate(state: RunState, report: Report): boolean {
  const { spilled, points } = state
  if (!spilled || report.type !== 'progress' || hasEnded(state)) return false
  const oldest = points.at(-TAIL_KEPT)?.at ?? Number.POSITIVE_INFINITY
  return report.at < oldest && points.every(({ at }) => at !== report.at)
}

/** What happens with nobody reporting. */
export function decideSettling(settings: Settings) {
  return ({ record, now }: Known): RunPlan => {
    if (!record) return { draft: null, steps: [] }
    const state = decode(record.document)
    return planOf({ state, epoch: record.epoch }, settle(state, now), settings)
  }
}

type Before = { state: RunState; epoch: number } | null

function planOf(before: Before, steps: readonly Step[], settings: Settings): RunPlan {
  const last = steps.at(-1)?.state
  if (!last) return { draft: null, steps }
  const lifetime_ms = lifetime(last, settings.retention_ms)
  const spill = before !== null && mustSpill(before.state, last)
  const state = spill ? spilled(before.state, last) : last
  return {
    steps,
    draft: (epoch) => ({
      next: { document: encode(state), label: state.status },
      version: state.version,
      events: steps.map((step) => toEvent(step, epoch)),
      deadline: nextOf(state)?.at ?? null,
      lifetime_ms,
      ...broadcastOf(steps, epoch),
    }),
    ...(spill && {
      before: () =>
        settings.history.keep(
          last.run_id,
          before.epoch,
          before.state.points,
          lifetime_ms + HISTORY_OUTLIVES_MS,
        ),
    }),
  }
}

/**
 * When the recent points are full; and when the run's lifetime begins anew, for then the history's must, too: with
 * another status, and with each word on a run that is over.
 */
const mustSpill = (before: RunState, after: RunState): boolean =>
  before.points.length >= TAIL_LIMIT ||
  (before.spilled && (before.status !== after.status || hasEnded(after) || isItsTurn(before, after)))

/**
 * Runs that were started together report together, and a long history takes 10 ms to write: if all of them had theirs
 * written at the same moment, nobody would be served for seconds. So each has a turn of its own.
 */
const isItsTurn = ({ points }: RunState, { run_id, version }: RunState): boolean =>
  points.length > TAIL_KEPT && (crc32(run_id) + version) % (TAIL_LIMIT - TAIL_KEPT) === 0

/** Only what was accepted before goes to the history: it is written first, and this commit may still be refused. */
function spilled(before: RunState, after: RunState): RunState {
  const inHistory = new Set(before.points.slice(0, -TAIL_KEPT))
  return { ...after, spilled: true, points: after.points.filter((point) => !inHistory.has(point)) }
}

function broadcastOf(steps: readonly Step[], epoch: number): { broadcast?: string } {
  const broadcast = messagesOf(steps, epoch)
  return broadcast === undefined ? {} : { broadcast }
}

/** The event as the outbox and the audit log keep it. */
function toEvent({ state, event }: Step, epoch: number): Event {
  const { type, version, at, data } = event
  return { topic: TOPIC, type, key: state.run_id, epoch, version, at, data }
}

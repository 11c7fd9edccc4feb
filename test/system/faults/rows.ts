import { effectsOf } from './effects.ts'
import type { SessionHistory } from './history.ts'
import { lossesIn } from './losses.ts'
import type { Round } from './round.ts'

/** What the rounds of one fault came to. */
export type Row = {
  fault: string
  times: number
  not_run: number
  calls: number
  acknowledged: number
  /** Attempts beyond the first of a call. */
  retried: number
  /** Attempts that were answered with 503, too late, or not at all. */
  unanswered: number
  reads: number
  /** Connections of watchers on which they were told something, beyond their first. */
  reconnected: number
  /** Acknowledged changes that are gone, and sessions that went on without. */
  lost: number
  resynced: number
  violations: number
  /** The longest time for which nothing at all was acknowledged, in ms. */
  silence_ms: number
  /** From the end of the fault to the next acknowledgement, and until all watchers were connected, in ms; the longest. */
  recovered_ms: number
  back_ms: number
}

export const createRow = (fault: string): Row => ({
  fault,
  times: 0,
  not_run: 0,
  calls: 0,
  acknowledged: 0,
  retried: 0,
  unanswered: 0,
  reads: 0,
  reconnected: 0,
  lost: 0,
  resynced: 0,
  violations: 0,
  silence_ms: 0,
  recovered_ms: 0,
  back_ms: 0,
})

export function addSession(row: Row, { operations, reads }: SessionHistory, violations: number): void {
  row.calls += operations.length
  row.reads += reads.length
  row.violations += violations
}

export function addRound(
  row: Row,
  histories: SessionHistory[],
  { ended_at, back_ms, lost_from }: Round,
): void {
  const { acknowledged, retried, unanswered, reconnected, resynced } = effectsOf(histories)
  row.times++
  row.acknowledged += acknowledged
  row.retried += retried
  row.unanswered += unanswered
  row.reconnected += reconnected
  row.resynced += resynced
  if (lost_from !== null) for (const history of histories) row.lost += lossesIn(history).length
  const instants = acknowledgements(histories)
  const gaps = instants.slice(1).map((at, i) => at - (instants[i] ?? 0))
  row.silence_ms = Math.max(row.silence_ms, ...gaps)
  row.recovered_ms = Math.max(
    row.recovered_ms,
    (instants.find((at) => at >= ended_at) ?? ended_at) - ended_at,
  )
  row.back_ms = Math.max(row.back_ms, back_ms)
}

/** When anything was acknowledged, in order. */
const acknowledgements = (histories: SessionHistory[]): number[] =>
  histories
    .flatMap(({ operations }) =>
      operations.flatMap(({ answers }) =>
        answers.flatMap(({ outcome, answered_at }) => (outcome === 'acknowledged' ? answered_at : [])),
      ),
    )
    .sort((a, b) => a - b)

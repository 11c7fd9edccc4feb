import type { Session, SessionEvent } from '../../../sdk/index.ts'

/** An event of a session as a reader needs it. */
export type Entry = {
  event: SessionEvent
  /** ms since the Unix epoch. */
  at: number
  /** The session after it; what it was before when that was its end or is not known. */
  state: Session | null
  /** How long the turn took that ended with it, in ms. */
  turn_ms: number | null
  /** Who has got the turn by it. */
  to: string | null
}

/** A stretch of time in which the clock of somebody ran; ms since the Unix epoch. */
export type Span = { participant_id: string; from: number; to: number }

const GIVES_TURN = new Set(['session.started', 'session.switched', 'session.advanced'])

const find = (state: Session | null, id: string | null) =>
  state?.participants.find((each) => each.participant_id === id)

/** Events in their order, each with what only those before it tell. */
export function entriesOf(events: readonly SessionEvent[]): Entry[] {
  // What each had used up when its turn began: time is used in one's own turns alone.
  let begun = new Map<string, number>()
  let before: Session | null = null
  return events.map((event) => {
    const state: Session | null = event.state ?? before
    const was = find(before, event.participant_id)
    const is = find(event.state, event.participant_id)
    let turn_ms: number | null = null
    if (was && is && is.cycle_count > was.cycle_count) {
      const since = begun.get(is.participant_id)
      turn_ms = since === undefined ? null : is.time_used_ms - since
      begun.set(is.participant_id, is.time_used_ms)
    }
    if (before === null || event.type === 'session.created') {
      // When the turn began that is under way here nobody knows.
      const waiting = state?.participants.filter((each) => !each.is_active) ?? []
      begun = new Map(waiting.map((each) => [each.participant_id, each.time_used_ms]))
    }
    before = state
    const to = GIVES_TURN.has(event.type) ? (event.state?.active_participant_id ?? null) : null
    return { event, at: Date.parse(event.at), state, turn_ms, to }
  })
}

/** When whose clock ran, up to `end` (ms since the Unix epoch). */
export function spansOf(entries: readonly Entry[], end: number): Span[] {
  const spans: Span[] = []
  for (const [i, { at, event, state }] of entries.entries()) {
    const id = event.state === null ? null : state?.active_participant_id
    const to = entries[i + 1]?.at ?? end
    if (!id || state?.cycle_started_at === null || to <= at) continue
    const last = spans.at(-1)
    if (last?.participant_id === id && last.to === at) last.to = to
    else spans.push({ participant_id: id, from: at, to })
  }
  return spans
}

/** The place of the newest entry at an instant; 0 before the first one. */
export function placeAt(entries: readonly Entry[], at: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

/** Turns that have ended up to an entry, by participant. */
export function turnsOf(entries: readonly Entry[]): Map<string, { longest_ms: number; average_ms: number }> {
  const all = new Map<string, number[]>()
  for (const { event, turn_ms } of entries) {
    if (turn_ms === null || event.participant_id === null) continue
    const turns = all.get(event.participant_id) ?? []
    turns.push(turn_ms)
    all.set(event.participant_id, turns)
  }
  return new Map(
    [...all].map(([id, turns]) => [
      id,
      { longest_ms: Math.max(...turns), average_ms: turns.reduce((a, b) => a + b, 0) / turns.length },
    ]),
  )
}

/**
 * What led from one state to the next, for what the audit log has not told yet. Null when something lies between them,
 * or when it cannot be told.
 */
export function inferEvent(before: Session, after: Session): SessionEvent | null {
  if (after.version !== before.version + 1 || after.created_at !== before.created_at) return null
  const id = before.active_participant_id
  const type = inferType(before, after)
  if (type === null) return null
  const turn = find(after, id)
  const ran_out = type === 'session.advanced' || (turn?.has_expired ?? false)
  return {
    session_id: after.session_id,
    epoch: 0,
    version: after.version,
    type,
    at: after.updated_at,
    participant_id: id,
    expired_participant_id: ran_out ? id : null,
    time_remaining_ms: turn?.time_remaining_ms ?? null,
    time_used_ms: turn?.time_used_ms ?? null,
    state: after,
  }
}

function inferType(before: Session, after: Session): string | null {
  const change = `${before.status} ${after.status}`
  if (change === 'pending running') return 'session.started'
  if (change === 'running paused') return 'session.paused'
  if (change === 'paused running') return 'session.resumed'
  if (after.status === 'completed') return 'session.completed'
  if (after.status === 'expired') return 'session.expired'
  if (change !== 'running running') return null
  const id = before.active_participant_id
  const ended = (find(after, id)?.cycle_count ?? 0) > (find(before, id)?.cycle_count ?? 0)
  if (!ended) return 'session.turn_expired'
  return after.updated_at === before.cycle_deadline_at ? 'session.advanced' : 'session.switched'
}

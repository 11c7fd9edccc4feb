import { evolve, type SessionEvent } from '../../engine/session/event.ts'
import type { SessionState } from '../../engine/session/state.ts'
import type { Event } from '../../schemas/event.ts'

/** What a participant's turns that have ended took together, and the longest of them, in ms. */
export type Turns = { used_ms: number; longest_ms: number }

/** One life of a session, folded from its events up to `version`. */
export type Folded = {
  /** 0 before the first event. */
  version: number
  /** The version of session.created. */
  first_version: number | null
  /** Of a deleted session the one before; null before the first event. */
  state: SessionState | null
  /** ms since the Unix epoch. */
  deleted_at: number | null
  /** By participant_id. */
  turns: Record<string, Turns>
}

export const NOTHING: Folded = { version: 0, first_version: null, state: null, deleted_at: null, turns: {} }

/** The engine's event in an event of the audit log; null for one whose content was lost. */
export function toSessionEvent({ type, version, at, data }: Event): SessionEvent | null {
  return data === null ? null : ({ type, version, at, ...(data as object) } as SessionEvent)
}

/** True when `event` is the one that comes next: what a store has lost is passed over. */
export function follows(folded: Folded, event: Event): boolean {
  if (folded.version === 0) return event.type === 'session.created'
  return (
    event.version === folded.version + 1 ||
    (event.type === 'session.resynced' && event.version > folded.version && event.data !== null)
  )
}

/**
 * The fold after `event`, which must follow. One whose content was lost leaves the state as it was, apart from the
 * version: the events after it carry whole values, and with them the state heals.
 */
export function advance(folded: Folded, event: Event): Folded {
  const { version, type, at } = event
  const next = { ...folded, version, first_version: folded.first_version ?? version }
  if (type === 'session.deleted') return { ...next, deleted_at: at }
  const known = toSessionEvent(event)
  if (!known) return { ...next, state: folded.state && { ...folded.state, version, updated_at: at } }
  // Created again within the millisecond in which it was deleted, a session has one epoch for two lives.
  if (type === 'session.created') return { ...next, state: evolve(null, known), deleted_at: null, turns: {} }
  if (!folded.state) return next
  if (type === 'session.resynced') {
    const state = evolve(folded.state, known)
    return { ...next, state, deleted_at: null, turns: turnsUpTo(known, folded.turns) }
  }
  return { ...next, state: evolve(folded.state, known), turns: countTurns(folded, known) }
}

/** Without what the store has lost of them; the longest turn may be one of those. */
function turnsUpTo({ participants }: SessionEvent, turns: Folded['turns']): Folded['turns'] {
  const used = new Map(participants.map((p) => [p.participant_id, p.time_used_ms]))
  return Object.fromEntries(
    Object.entries(turns).map(([id, turn]) => {
      return [id, { ...turn, used_ms: Math.min(turn.used_ms, used.get(id) ?? 0) }]
    }),
  )
}

/** Time is used in one's own turns alone, so what was added since the end of the last one is the length of this one. */
function countTurns(folded: Folded, event: SessionEvent): Folded['turns'] {
  const before = new Map(folded.state?.participants.map((p) => [p.participant_id, p.cycle_count]))
  const ended = event.participants.filter((p) => p.cycle_count > (before.get(p.participant_id) ?? 0))
  if (ended.length === 0) return folded.turns
  const turns = { ...folded.turns }
  for (const { participant_id: id, time_used_ms } of ended) {
    const known = turns[id] ?? { used_ms: 0, longest_ms: 0 }
    const length = time_used_ms - known.used_ms
    turns[id] = { used_ms: time_used_ms, longest_ms: Math.max(known.longest_ms, length) }
  }
  return turns
}

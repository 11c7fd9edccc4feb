import type { SessionState } from '../../engine/session/state.ts'
import { decode } from './codec.ts'

export type KnownStates = {
  /** The state that this document tells of. @throws DomainError STATE_DESERIALIZATION_ERROR */
  of(id: string, document: string): SessionState
  /** Keeps the state of a document that was just written. */
  put(id: string, document: string, state: SessionState): void
}

/**
 * Spares reading a document that this instance wrote or read last: one state per session, the least recently used going
 * first. A document is compared as text, so a state that is not the newest is never taken for it.
 */
export function createKnownStates(max_states = 10_000, max_length = 8 * 1024 * 1024): KnownStates {
  const known = new Map<string, { document: string; state: SessionState }>()
  let length = 0

  const put = (id: string, document: string, state: SessionState): void => {
    length += document.length - (known.get(id)?.document.length ?? 0)
    known.delete(id)
    known.set(id, { document, state })
    for (const [oldest, { document }] of known) {
      if (known.size <= max_states && length <= max_length) break
      known.delete(oldest)
      length -= document.length
    }
  }

  return {
    put,
    of(id, document) {
      const entry = known.get(id)
      if (entry?.document === document) return entry.state
      const state = decode(document)
      put(id, document, state)
      return state
    },
  }
}

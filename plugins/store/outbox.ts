import type { Event } from '../../schemas/event.ts'

export type OutboxEntry = {
  /** Where the entry stands in the outbox: the same at each delivery, never given to another entry. */
  id: string
  event: Event
}

/**
 * The events that were committed and that nobody has processed yet. Every instance reads; each entry goes to one of
 * them, at least once, and the events of one key in the order of their versions as long as no reader dies.
 */
export interface Outbox {
  /**
   * At most `limit` entries that are now this reader's, the oldest of each key first; waits up to `wait_ms` for the first one. What
   * is not acknowledged is handed out again (to any reader) after the store's `redeliver_ms`, or when it is opened again.
   */
  claim(limit: number, wait_ms: number): Promise<OutboxEntry[]>

  /** Removes entries for good. Entries that are gone already are no error. */
  acknowledge(entries: OutboxEntry[]): Promise<void>

  /** How many entries are waiting or claimed. */
  backlog(): Promise<number>
}

/** When what a reader claimed and did not acknowledge goes to another, in ms. */
export const REDELIVER_MS = 30_000

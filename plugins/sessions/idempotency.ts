import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Key, StateStore } from '../store/state-store.ts'
import { keyReused, stillInFlight } from './errors.ts'

/** `key` as the client sent it; `fingerprint` tells one request from another. */
export type Idempotency = { key: string; fingerprint: string }

/** How long an answer is kept for repetitions, in ms. */
export const IDEMPOTENCY_LIFETIME_MS = 60 * 60 * 1000

/** Sees to it that requests with one Idempotency-Key take effect once and get the same answer. */
export type IdempotencyKeys = {
  /**
   * Runs `fresh` unless an answer is there already; that is handed to `again`.
   *
   * @throws DomainError IDEMPOTENCY_KEY_REUSED; CONFLICT while this instance still works on the first request
   */
  once<T>(
    target: Key,
    idempotency: Idempotency | undefined,
    fresh: () => Promise<T>,
    again: (answer: string) => T,
  ): Promise<T>
}

/**
 * The key is claimed first, for this request and no other, wherever its target lives. The answer itself is written by
 * the commit that it tells of, so a crash leaves both or none, and a repetition elsewhere cannot apply twice.
 */
export function createIdempotencyKeys(store: StateStore, clock: Clock): IdempotencyKeys {
  const inFlight = new Set<string>()

  /** True when the key is new; false when the same request came before. */
  const claim = async (name: string, fingerprint: string): Promise<boolean> => {
    const document = JSON.stringify({ fingerprint })
    const result = await store.commit(
      { topic: 'idempotency', id: name },
      {
        expect: null,
        next: { epoch: clock.now(), version: 1, document, label: '' },
        version: 1,
        events: [],
        deadline: null,
        lifetime_ms: IDEMPOTENCY_LIFETIME_MS,
        operation_id: randomUUID(),
      },
    )
    if (result.outcome !== 'conflict') return true
    if (result.current?.document !== document) throw keyReused()
    return false
  }

  return {
    async once(target, idempotency, fresh, again) {
      if (!idempotency) return fresh()
      const name = answerName(idempotency)
      if (inFlight.has(name)) throw stillInFlight()
      inFlight.add(name)
      try {
        if (!(await claim(name, idempotency.fingerprint))) {
          const answer = await store.answer(target, name)
          if (answer !== null) return again(answer)
        }
        return await fresh()
      } finally {
        inFlight.delete(name)
      }
    },
  }
}

/** Clients choose their keys freely; the store takes short plain names. */
export const answerName = ({ key }: Idempotency): string =>
  createHash('sha256').update(key).digest('base64url')

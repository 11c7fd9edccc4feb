import { createHash } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { KeptAnswer, Key, NewAnswer, StateStore, StoredRecord } from '../store/state-store.ts'
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
    again: (answer: KeptAnswer) => Promise<T>,
  ): Promise<T>
}

/**
 * The key is claimed first, for this request and no other, wherever its target lives. The answer itself is written by
 * the commit that it tells of, so a crash leaves both or none, and a repetition elsewhere cannot apply twice.
 */
export function createIdempotencyKeys(store: Pick<StateStore, 'claim' | 'answer'>): IdempotencyKeys {
  const inFlight = new Set<string>()

  return {
    async once(target, idempotency, fresh, again) {
      if (!idempotency) return fresh()
      const { fingerprint } = idempotency
      const name = nameOf(idempotency)
      if (inFlight.has(name)) throw stillInFlight()
      inFlight.add(name)
      try {
        const claimed = await store.claim(name, fingerprint, IDEMPOTENCY_LIFETIME_MS)
        if (claimed !== null && claimed !== fingerprint) throw keyReused()
        const answer = claimed === null ? null : await store.answer(target, name)
        return answer === null ? await fresh() : await again(answer)
      } finally {
        inFlight.delete(name)
      }
    },
  }
}

/** What a repetition is told: the record as the call left it (null: gone), and whose turn ended with it out of time. */
export type Told = { record: StoredRecord | null; expired_participant_id: string | null }

/** The same without the document, when there was no room for that any more. */
export type Recalled = Told | { record: 'gone on'; expired_participant_id: string | null }

type Kept = { e: number; v: number; l: string; x?: string } | { x?: string }

/** That the call was answered is kept as it is; the document is most of it, and goes when there are too many. */
export function answerToKeep(idempotency: Idempotency, { record, expired_participant_id }: Told): NewAnswer {
  const kept: Kept = {
    ...(record && { e: record.epoch, v: record.version, l: record.label }),
    ...(expired_participant_id !== null && { x: expired_participant_id }),
  }
  return {
    name: nameOf(idempotency),
    value: JSON.stringify(kept),
    ...(record && { bulk: pack(record.document) }),
    lifetime_ms: IDEMPOTENCY_LIFETIME_MS,
  }
}

export function recall({ value, bulk }: KeptAnswer): Recalled {
  const kept = JSON.parse(value) as Kept
  const { x: expired_participant_id = null } = kept
  if (!('v' in kept)) return { record: null, expired_participant_id }
  if (bulk === null) return { record: 'gone on', expired_participant_id }
  const record = { epoch: kept.e, version: kept.v, label: kept.l, document: unpack(bulk) }
  return { record, expired_participant_id }
}

/** The quickest level: the ids of a thousand participants are most of what is left, and no level makes them shorter. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }

const pack = (document: string): string => brotliCompressSync(document, QUICK).toString('base64')
const unpack = (bulk: string): string => brotliDecompressSync(Buffer.from(bulk, 'base64')).toString()

/** Clients choose their keys freely; the store takes short plain names. */
const nameOf = ({ key }: Idempotency): string => createHash('sha256').update(key).digest('base64url')

import { randomUUID } from 'node:crypto'
import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Commit, KeptAnswer, Key, StateStore, StoredRecord, Update } from './state-store.ts'

/**
 * What is known of a key. `floor`: the highest version it is known to have had, which is above that of the record when
 * the store has lost changes; `now` in ms.
 */
export type Known = { record: StoredRecord | null; floor: number; now: number }

/** What to commit, for a record of this epoch. */
export type Draft = Omit<Commit, 'expect' | 'next' | 'operation_id'> & {
  /** null deletes the key. */
  next: { document: string; label: string } | null
}

export type Plan = {
  /** Null: there is nothing to change. */
  draft: ((epoch: number) => Draft) | null
  /** Why the call itself is refused; what the draft holds is to be committed all the same. */
  refusal?: DomainError | undefined
  /** More is due than one commit takes: commit and decide again. */
  unfinished?: boolean | undefined
  /** What has to be stored elsewhere before the commit. It happens again when the commit is decided anew. */
  before?: (() => Promise<void>) | undefined
  /** Told once the commit is there, also when the call itself is refused. Must not throw. */
  after?: (() => void) | undefined
}

/** How a call ended: with the record that is there now (null: none), or with the answer that it had before. */
export type Outcome<P> =
  | { record: StoredRecord | null; plan: P; answered?: undefined }
  | { answered: KeptAnswer }

type Options = {
  store: Pick<StateStore, 'read' | 'commit'>
  clock: Clock
  deadlines: Pick<Deadlines, 'arm'>
  onConflict?: (() => void) | undefined
  /** How often a commit that lost against other instances is decided anew before its caller is told. */
  attempts?: number | undefined
  /** What to tell it then; unless given, a CONFLICT. */
  lost?: ((actual_version: number) => DomainError) | undefined
}

/**
 * Decides and commits until it holds. What a guess makes of a call counts only once a commit has proved the guess; a
 * refusal, or nothing to do, is looked at again with the newest record.
 *
 * @throws DomainError the refusal of the plan; `lost`; STORE_UNAVAILABLE
 */
export function createCommitLoop({
  store,
  clock,
  deadlines,
  onConflict,
  attempts = 100,
  lost = conflictLost,
}: Options) {
  return async <P extends Plan>(key: Key, decide: (known: Known) => P): Promise<Outcome<P>> => {
    let current = await store.read(key, { guess: true })
    let floor = 0
    let proved = false
    for (let attempt = 0; attempt < attempts; ) {
      const now = clock.now()
      const plan = decide({ record: current, floor, now })
      if (!plan.draft) {
        if (proved && plan.refusal) throw plan.refusal
        if (proved) return { record: current, plan }
        const guess = current
        current = await store.read(key)
        floor = Math.max(floor, lostVersion(current, guess))
        proved = true
        continue
      }
      await plan.before?.()
      const epoch = current?.epoch ?? now
      const draft = plan.draft(epoch)
      const next = draft.next && { ...draft.next, epoch, version: draft.version }
      const result = await store.commit(key, { ...draft, expect: current, next, operation_id: randomUUID() })
      if (result.outcome === 'answered') return { answered: result.answer }
      if (result.outcome === 'committed') {
        deadlines.arm(key, draft.deadline)
        plan.after?.()
        if (plan.refusal) throw plan.refusal
        if (!plan.unfinished) return { record: next, plan }
        current = next
      } else {
        onConflict?.()
        attempt++
        floor = Math.max(floor, result.floor, lostVersion(result.current, current))
        current = result.current
      }
      proved = true
    }
    throw lost(current?.version ?? floor)
  }
}

/** Whether the store has fallen back behind what was told of this key, or has another change under its version. */
export const isBehind = (
  record: StoredRecord,
  told: Pick<Update, 'epoch' | 'version' | 'document'>,
): boolean =>
  record.epoch === told.epoch &&
  (record.version < told.version || (record.version === told.version && record.document !== told.document))

/** The version that was there before and is there no more; 0 when nothing is missing. */
const lostVersion = (record: StoredRecord | null, before: StoredRecord | null): number =>
  record && before && isBehind(record, before) ? before.version : 0

const conflictLost = (actual_version: number): DomainError =>
  new DomainError('conflict', 'CONFLICT', 'Other instances kept changing this; try again', {
    expected_version: null,
    actual_version,
  })

import { randomUUID } from 'node:crypto'
import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Commit, Key, StateStore, StoredRecord } from './state-store.ts'

/** What is known of a key. `floor`: the highest version it is known to have had; `now` in ms. */
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
}

/** How a call ended: with the record that is there now (null: none), or with the answer that it had before. */
export type Outcome<P> = { record: StoredRecord | null; plan: P; answered?: undefined } | { answered: string }

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
        current = await store.read(key)
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
        if (plan.refusal) throw plan.refusal
        if (!plan.unfinished) return { record: next, plan }
        current = next
      } else {
        onConflict?.()
        attempt++
        current = result.current
        floor = result.floor
      }
      proved = true
    }
    throw lost(current?.version ?? floor)
  }
}

const conflictLost = (actual_version: number): DomainError =>
  new DomainError('conflict', 'CONFLICT', 'Other instances kept changing this; try again', {
    expected_version: null,
    actual_version,
  })

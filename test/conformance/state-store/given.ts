import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import type {
  Commit,
  CommitResult,
  Key,
  StateStore,
  StoredRecord,
} from '../../../plugins/store/state-store.ts'
import type { Event } from '../../../schemas/event.ts'

export type Backend = {
  store: StateStore
  /** One more instance on the same data; null where there can be only one. */
  another: (() => Promise<StateStore>) | null
  /** Lets about so many ms pass for lifetimes and redelivery. */
  pass(ms: number): Promise<void>
}

export type BackendOptions = { outbox?: boolean; redeliver_ms?: number; answer_bulk_limit?: number }

/** A backend with data of its own, closed and cleaned up at teardown; null where it cannot run. */
export type CreateBackend = (t: Test, options?: BackendOptions) => Promise<Backend | null>

export const EPOCH = Date.UTC(2026, 0, 1)
export const HOUR_MS = 60 * 60 * 1000

export const newKey = (topic = 'things'): Key => ({ topic, id: randomUUID() })

export const record = (version: number, more: Partial<StoredRecord> = {}): StoredRecord => ({
  epoch: EPOCH,
  version,
  document: `{"version":${version}}`,
  label: 'open',
  ...more,
})

export const event = (key: Key, version: number, more: Partial<Event> = {}): Event => ({
  topic: key.topic,
  type: `${key.topic}.changed`,
  key: key.id,
  epoch: EPOCH,
  version,
  at: EPOCH + version,
  data: { version },
  ...more,
})

/** A commit that replaces `expect` by `next` (null: deletes it). */
export const change = (
  expect: StoredRecord | null,
  next: StoredRecord | null,
  more: Partial<Commit> = {},
): Commit => ({
  expect,
  next,
  version: next?.version ?? (expect?.version ?? 0) + 1,
  events: [],
  deadline: null,
  lifetime_ms: HOUR_MS,
  operation_id: randomUUID(),
  ...more,
})

export const COMMITTED: CommitResult = { outcome: 'committed' }

/** Creates a record and returns it. */
export async function given(store: StateStore, key: Key, next = record(1), more: Partial<Commit> = {}) {
  const result = await store.commit(key, change(null, next, more))
  if (result.outcome !== 'committed') throw new Error(`not created: ${JSON.stringify(result)}`)
  return next
}

/** Resolves once `holds` does, letting time pass in small steps; gives up after some ms of real time. */
export async function eventually(
  { pass }: Pick<Backend, 'pass'>,
  holds: () => Promise<boolean> | boolean,
  within_ms = 5000,
) {
  const started_at = performance.now()
  while (!(await holds())) {
    if (performance.now() - started_at > within_ms) throw new Error('it never came to be')
    await pass(10)
    await setImmediate()
  }
}

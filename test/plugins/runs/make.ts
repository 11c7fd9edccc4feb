import type { Test } from 'tap'
import { createRuns } from '../../../plugins/runs/service.ts'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import type { Commit, Key, StateStore } from '../../../plugins/store/state-store.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

export const HOUR_MS = 60 * 60 * 1000

const log = { warn() {}, error() {} } as never

type Around = {
  onRead?(key: Key, options?: { guess?: boolean }): void
  onCommit?(key: Key, commit: Commit): void
}

/** Runs on an embedded store of their own; `around` comes before its calls, and may refuse them by throwing. */
export function runsForTest(t: Test, around: Around = {}, max_finished = 1000) {
  const clock = createFakeClock()
  const inner = createEmbeddedStore({ folder: t.testdir(), clock, log, outbox: true })
  t.teardown(() => inner.close())
  const store: StateStore = {
    ...inner,
    async read(key, options) {
      around.onRead?.(key, options)
      return inner.read(key, options)
    },
    async commit(key, commit) {
      around.onCommit?.(key, commit)
      return inner.commit(key, commit)
    },
  }
  const armed: (number | null)[] = []
  const runs = createRuns({
    store,
    clock,
    deadlines: { arm: (_key, deadline) => armed.push(deadline) },
    retention_ms: 24 * HOUR_MS,
    max_finished,
  })
  return { runs, store, clock, armed }
}

export const definition = (run_id = 'r') => ({
  run_id,
  network: 'hoodi',
  labels: {},
  el_client: { type: 'geth', image: 'g' },
  cl_client: { type: 'prysm', image: 'p' },
  enclave_name: '',
  system_info: null,
  run_timeout_ms: null,
})

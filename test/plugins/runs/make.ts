import type { Test } from 'tap'
import { createRuns } from '../../../plugins/runs/service.ts'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import type { Commit, Key, StateStore } from '../../../plugins/store/state-store.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

export const HOUR_MS = 60 * 60 * 1000

const log = { warn() {}, error() {} } as never

/** Runs on an embedded store of their own; `around` may come before each commit, and refuse it by throwing. */
export function runsForTest(t: Test, around: (key: Key, commit: Commit) => void = () => {}) {
  const clock = createFakeClock()
  const inner = createEmbeddedStore({ folder: t.testdir(), clock, log, outbox: true })
  t.teardown(() => inner.close())
  const store: StateStore = {
    ...inner,
    async commit(key, commit) {
      around(key, commit)
      return inner.commit(key, commit)
    },
  }
  const armed: (number | null)[] = []
  const runs = createRuns({
    store,
    clock,
    deadlines: { arm: (_key, deadline) => armed.push(deadline) },
    retention_ms: 24 * HOUR_MS,
    max_finished: 1000,
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

import t from 'tap'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import { stateStoreSuite } from '../../conformance/state-store.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

const log = { warn: () => {}, error: () => {} }

stateStoreSuite(t, async (t, options) => {
  const clock = createFakeClock()
  const store = createEmbeddedStore({ folder: t.testdir(), clock, log, ...options })
  t.teardown(() => store.close())
  return { store, another: null, pass: async (ms) => clock.advance(ms) }
})

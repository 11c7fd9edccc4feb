import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { onEmbedded } from '../conformance/deployment.ts'
import { networkSuite, restartSuite } from './live-network-suite.ts'
import { proxySuite } from './live-proxy-suite.ts'
import { liveSuite } from './live-suite.ts'

liveSuite(t, onEmbedded)

networkSuite(t, onEmbedded)
proxySuite(t, onEmbedded)
restartSuite(t, async (t) => {
  // Not t.testdir(): that is emptied whenever it is asked for.
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'synckairos-live-'))
  t.teardown(() => rmSync(DATA_DIR, { recursive: true, force: true }))
  return { DATA_DIR }
})

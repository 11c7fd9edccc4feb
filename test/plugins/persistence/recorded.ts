import type { Test } from 'tap'
import { persistenceSuite } from '../../conformance/persistence.ts'
import { build } from '../../helpers/app.ts'
import type { DatabaseSettings, StoreSettings } from '../../helpers/databases.ts'

/** Runs the suite on one server with this store and this database; null: there is none on this machine. */
export async function runSuite(
  t: Test,
  store: StoreSettings | null,
  database: DatabaseSettings | null,
): Promise<void> {
  if (!store || !database) return
  const settings = { PERSISTENCE: 'on' as const, ...store, ...database }
  const app = await build(t, settings)
  persistenceSuite(t, {
    app,
    async restart() {
      await app.close()
      return build(t, settings)
    },
  })
}

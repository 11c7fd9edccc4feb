import { createBoss } from '../jobs/boss.ts'
import type { Database } from '../jobs/database.ts'
import { migrate } from './migrate.ts'
import { createQueues } from './queue.ts'
import { createRetentionQueue } from './retention.ts'

/** Everything that needs the right to change tables, pg-boss's own among them. Resolves to the migrations applied. */
export async function setUp(database: Database, schema: string): Promise<string[]> {
  const applied = await migrate(database, schema)
  const boss = await createBoss(database, schema, false)
  boss.on('error', () => {})
  try {
    await boss.start()
    await createQueues(boss)
    await createRetentionQueue(boss)
  } finally {
    await boss.stop({ graceful: false, close: false })
  }
  return applied
}

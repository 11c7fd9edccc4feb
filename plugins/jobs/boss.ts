import type { Db, PgBoss } from 'pg-boss'
import type { Database, Query } from './database.ts'

/** How often pg-boss looks for jobs whose worker has died, in s. */
const SUPERVISE_S = 10
/** How often pg-boss deletes what is done, in s: its payload is the whole of the events. */
const MAINTAIN_S = 60

const executeSql =
  (query: Query): Db['executeSql'] =>
  async (text, values) => ({ rows: await query(text, values) })

/** The SQL that runs in the transaction that pg-boss hands to a transactional worker. */
export const queryOf =
  (db: Db): Query =>
  async (sql, params) =>
    (await db.executeSql(sql, params)).rows

/** The other way round: for pg-boss calls that belong to a transaction of ours. */
export const dbOf = (query: Query): Db => ({ executeSql: executeSql(query) })

/**
 * A pg-boss on our database, not started. Its own pool would be a second one, and only an adapter that can begin a
 * transaction lets workers on the embedded database be transactional. `housekeeping: false`: only sends, no timers.
 */
export async function createBoss(database: Database, schema: string, housekeeping = true): Promise<PgBoss> {
  // Loaded when needed: the server need not wait for it to start.
  const { PgBoss } = await import('pg-boss')
  return new PgBoss({
    schema,
    backend: database.kind,
    supervise: housekeeping,
    schedule: housekeeping,
    superviseIntervalSeconds: SUPERVISE_S,
    monitorIntervalSeconds: SUPERVISE_S,
    maintenanceIntervalSeconds: MAINTAIN_S,
    db: {
      executeSql: executeSql(database.query),
      async beginTransaction() {
        const { query, commit, rollback } = await database.begin()
        return { db: dbOf(query), commit, rollback }
      },
    },
  })
}

import { userInfo } from 'node:os'
import type { Pool, PoolClient, QueryResult } from 'pg'
import { type Database, databaseUnavailable, isUnavailable, type Row, type Transaction } from './database.ts'

export type PostgresOptions = {
  url: string
  pool_size: number
  /** Told when an idle connection is lost. */
  onError?: (error: Error) => void
}

/** How long to wait for a connection, in ms. */
const CONNECT_WITHIN_MS = 3000
/** When a statement that got no answer is given up, for instance because the server's host is gone, in ms. */
const ANSWER_WITHIN_MS = 30_000

/** A PostgreSQL server, through a pool of connections that are opened when they are needed. */
export function createPostgres({ url, pool_size, onError = () => {} }: PostgresOptions): Database {
  let pool: Promise<Pool> | null = null

  /** The driver is loaded with the first statement: the server need not wait for it to start. */
  const open = async (): Promise<Pool> => {
    const { default: pg } = await import('pg')
    // As psql does it; the driver looks at $USER alone, which containers do not set.
    pg.defaults.user ??= userInfo().username
    const opened = new pg.Pool({
      connectionString: url,
      max: pool_size,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      idle_in_transaction_session_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
      application_name: 'synckairos',
    })
    // A pool without this listener ends the process when the server goes away.
    opened.on('error', onError)
    return opened
  }
  const connect = (): Promise<Pool> => {
    if (closed) return Promise.reject(databaseUnavailable(new Error('The database is closed')))
    pool ??= open()
    return pool
  }
  let closed: Promise<void> | null = null

  const run = async (client: Pool | PoolClient, sql: string, params?: unknown[]): Promise<Row[]> => {
    try {
      const result: QueryResult | QueryResult[] = await client.query(sql, params)
      return Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows
    } catch (error) {
      throw isUnavailable(error) ? databaseUnavailable(error) : error
    }
  }

  const begin = async (): Promise<Transaction> => {
    const client = await (await connect()).connect().catch((error) => {
      throw databaseUnavailable(error)
    })
    let released = false
    const release = (error?: Error) => {
      if (released) return
      released = true
      client.off('error', release)
      client.release(error)
    }
    // The pool listens to idle clients only.
    client.on('error', release)
    const query = async (sql: string, params?: unknown[]) => {
      if (released) throw databaseUnavailable(new Error('The transaction is over'))
      return run(client, sql, params)
    }
    try {
      await query('BEGIN')
    } catch (error) {
      release(error as Error)
      throw error
    }
    return {
      query: query as Transaction['query'],
      async commit() {
        try {
          await query('COMMIT')
        } catch (error) {
          // Whether it was committed is unknown; the connection is of no more use.
          release(error as Error)
          throw error
        }
        release()
      },
      async rollback() {
        if (released) return
        await query('ROLLBACK').then(
          () => release(),
          (error) => release(error),
        )
      },
    }
  }

  return {
    kind: 'postgres',
    query: (async (sql: string, params?: unknown[]) =>
      run(await connect(), sql, params)) as Database['query'],
    begin,
    async check() {
      await run(await connect(), 'SELECT 1')
    },
    close: () => (closed ??= pool?.then((open) => open.end()) ?? Promise.resolve()),
  }
}

import { DomainError } from '../../engine/errors.ts'

// biome-ignore lint/suspicious/noExplicitAny: the caller knows the columns that it asks for
export type Row = Record<string, any>

/** Runs SQL with $1-style parameters; without any it may be several statements, whose rows come in one list. */
export type Query = <R extends Row = Row>(sql: string, params?: unknown[]) => Promise<R[]>

export type Transaction = {
  query: Query
  /** Rejects when the outcome is not known to be a commit. */
  commit(): Promise<void>
  /** Never rejects; safe to call after either end. */
  rollback(): Promise<void>
}

/**
 * A PostgreSQL: a server, or the embedded one. Failures of a statement carry their SQLSTATE as `code`; what can be
 * returned differs between drivers for bigint and numeric, so those are cast in the SQL.
 */
export interface Database {
  /** The profile that pg-boss has for it. */
  readonly kind: 'postgres' | 'pglite'
  query: Query
  begin(): Promise<Transaction>
  /** Resolves when it answers. */
  check(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** Runs `fn` in a transaction that is committed when it resolves and rolled back when it rejects. */
export async function inTransaction<T>(database: Database, fn: (query: Query) => Promise<T>): Promise<T> {
  const transaction = await database.begin()
  try {
    const result = await fn(transaction.query)
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

export function databaseUnavailable(cause?: unknown): DomainError {
  const error = new DomainError(
    'unavailable',
    'DATABASE_UNAVAILABLE',
    'The database of the audit log cannot be reached; sessions are not affected, try again shortly',
    { retry_after_seconds: 2 },
  )
  error.cause = cause
  return error
}

export const persistenceOff = (): DomainError =>
  new DomainError(
    'unavailable',
    'PERSISTENCE_OFF',
    'This server keeps no audit log: it was started with PERSISTENCE=off',
  )

/** Errors of PostgreSQL itself carry a five-character SQLSTATE; of those, these classes tell of a server that is going away. */
const GOING_AWAY = /^(08|57P|53)/

/** True when a failure is the connection's or the server's, not the statement's: the same again may succeed. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'DATABASE_UNAVAILABLE'
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code !== undefined) return GOING_AWAY.test(code) || !/^[0-9A-Z]{5}$/.test(code) || code === 'EPIPE'
  return /connection|timeout|client/i.test(message)
}

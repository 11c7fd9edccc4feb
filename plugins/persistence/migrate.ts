import { readdir, readFile } from 'node:fs/promises'
import { type Database, inTransaction, type Query } from '../jobs/database.ts'

const FOLDER = new URL('./migrations/', import.meta.url)

type Migration = { version: number; name: string }

/**
 * Brings the tables up to date and resolves to the names of what was applied. All or nothing, and one at a time: what
 * several instances start at once waits for the first. With nothing to do it needs no right to change tables.
 */
export async function migrate(database: Database, schema: string): Promise<string[]> {
  const all = await migrations()
  if ((await missing(database.query, schema, all)).length === 0) return []
  return inTransaction(database, async (query) => {
    await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`synckairos migrations ${schema}`])
    const [{ found } = { found: null }] = await query('SELECT to_regnamespace($1)::text AS found', [schema])
    if (found === null) await query(`CREATE SCHEMA ${schema}`)
    await query(`SET LOCAL search_path TO ${schema}`)
    await query(`CREATE TABLE IF NOT EXISTS schema_migrations
      (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
    const todo = await missing(query, schema, all)
    for (const { version, name } of todo) {
      await query(await readFile(new URL(name, FOLDER), 'utf8'))
      await query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [version, name])
    }
    return todo.map(({ name }) => name)
  })
}

async function migrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return names.map((name) => ({ version: Number.parseInt(name, 10), name }))
}

async function missing(query: Query, schema: string, all: Migration[]): Promise<Migration[]> {
  const [{ found } = { found: null }] = await query('SELECT to_regclass($1)::text AS found', [
    `${schema}.schema_migrations`,
  ])
  if (found === null) return all
  const rows = await query<Migration>(`SELECT version FROM ${schema}.schema_migrations`)
  const applied = new Set(rows.map(({ version }) => version))
  return all.filter(({ version }) => !applied.has(version))
}

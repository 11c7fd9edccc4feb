import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import pglite from '../../node_modules/@electric-sql/pglite/package.json' with { type: 'json' }
import { createEmbeddedPostgres } from '../../plugins/jobs/embedded.ts'
import { postgresForTest, redisForTest } from './backends.ts'

/** Settings of an app that has a database of the test's own, or null where there is none on this machine. */
export type DatabaseSettings = { DATA_DIR: string; DATABASE_URL?: string; DATABASE_SCHEMA: string }
export type DatabaseForTest = (t: Test) => Promise<DatabaseSettings | null>

/** Making a new embedded database takes seconds of computing; copying one, none. */
const TEMPLATE = join(tmpdir(), `synckairos-pglite-${pglite.version}`)

async function template(): Promise<string> {
  if (existsSync(TEMPLATE)) return TEMPLATE
  const folder = mkdtempSync(`${TEMPLATE}-`)
  const database = createEmbeddedPostgres(folder)
  await database.check()
  await database.close()
  try {
    renameSync(folder, TEMPLATE)
  } catch {
    // Another test file was first.
    rmSync(folder, { recursive: true })
  }
  return TEMPLATE
}

/** Not t.testdir(), which is emptied each time that somebody asks for it: a restarted app finds its data again. */
function folderForTest(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A data folder in which an embedded PostgreSQL lies ready. */
export async function embeddedForTest(t: Test): Promise<DatabaseSettings> {
  const DATA_DIR = folderForTest(t)
  cpSync(join(await template(), 'data'), join(DATA_DIR, 'postgres', 'data'), { recursive: true })
  return { DATA_DIR, DATABASE_SCHEMA: 'synckairos' }
}

export const realForTest: DatabaseForTest = async (t) => {
  const postgres = await postgresForTest(t)
  return (
    postgres && { DATA_DIR: folderForTest(t), DATABASE_URL: postgres.url, DATABASE_SCHEMA: postgres.schema }
  )
}

export const DATABASES: Record<string, DatabaseForTest> = {
  'the embedded PostgreSQL': embeddedForTest,
  'a PostgreSQL server': realForTest,
}

export type StoreSettings = { REDIS_URL?: string; REDIS_PREFIX?: string }

export type StoreForTest = (t: Test) => Promise<StoreSettings | null>

export const embeddedStore: StoreForTest = async () => ({})

export const redisStore: StoreForTest = async (t) => {
  const redis = await redisForTest(t)
  return redis && { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix }
}

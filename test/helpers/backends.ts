import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Test } from 'tap'
import { missing, type Owner } from './not-run.ts'
import { findProgram, freePort, startPostgres, startRedis, stop } from './servers.ts'

export type OwnPostgres = {
  url: string
  /** Starts it again on the same port and files, once it was killed. */
  restart(): Promise<void>
  /** Resolves once the process is gone; by default it ends without any tidying up. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export type OwnRedis = {
  url: string
  port: number
  readonly process: ChildProcess
  /** Starts it again on the same port and files; what is still running is stopped first. */
  restart(): Promise<void>
  /** Resolves once the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

const LOCAL_REDIS = 'redis://127.0.0.1:6379'
/** The driver knows the user from $USER only, which containers do not set. */
const LOCAL_POSTGRES = `postgres://${userInfo().username}@127.0.0.1:5432/postgres`

let redis: Promise<string | null> | undefined
let postgres: Promise<string | null> | undefined

/**
 * A Redis >= 7 and a key prefix of the test's own, whose keys are removed at teardown. REDIS_URL, else the local
 * default port, else a redis-server of this machine on a free port. Without any: an error when CI is set, null and a
 * notice otherwise.
 */
export async function redisForTest(t: Test): Promise<{ url: string; prefix: string } | null> {
  redis ??= findRedis()
  const url = await redis
  if (!url) return missing(t, 'Redis', 'set REDIS_URL or install redis-server (7 or later)')
  const prefix = uniqueName()
  t.teardown(() => withRedis(url, (client) => removeKeys(client, prefix)))
  return { url, prefix }
}

/** The same for PostgreSQL (DATABASE_URL); the schema exists, and is dropped at teardown. */
export async function postgresForTest(t: Test): Promise<{ url: string; schema: string } | null> {
  postgres ??= findPostgres()
  const url = await postgres
  if (!url) return missing(t, 'PostgreSQL', 'set DATABASE_URL or install postgresql')
  const schema = uniqueName()
  await runSql(url, `CREATE SCHEMA ${schema}`)
  t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`))
  return { url, schema }
}

/** A redis-server that only this test uses, for instance to stop it: `['--appendonly', 'yes']` makes it durable. */
export async function ownRedis(t: Owner, args: string[] = []): Promise<OwnRedis | null> {
  const program = findProgram('redis-server')
  if (!program) return missing(t, 'a redis-server of its own', 'install redis-server (7 or later)')
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-redis-'))
  const port = await freePort()
  let child = await startRedis(program, port, folder, args)
  t.teardown(async () => {
    await stop(child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get process() {
      return child
    },
    async restart() {
      await stop(child, 'SIGTERM')
      child = await startRedis(program, port, folder, args)
    },
    kill: (signal = 'SIGKILL') => stop(child, signal),
  }
}

/** A PostgreSQL that only this test uses, for instance to stop it. */
export async function ownPostgres(t: Owner): Promise<OwnPostgres | null> {
  const [initdb, postgres] = [findProgram('initdb'), findProgram('postgres')]
  if (!initdb || !postgres) return missing(t, 'a PostgreSQL of its own', 'install postgresql')
  const port = await freePort()
  const server = await startPostgres(initdb, postgres, port)
  t.teardown(async () => {
    await stop(server.child, 'SIGQUIT')
    server.remove()
  })
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    kill: (signal = 'SIGQUIT') => stop(server.child, signal),
    restart: server.restart,
  }
}

async function findRedis(): Promise<string | null> {
  const given = process.env.REDIS_URL
  if (given) return withRedis(given, assertRecent).then(() => given)
  try {
    await withRedis(LOCAL_REDIS, assertRecent)
    return LOCAL_REDIS
  } catch {
    // Nothing that fits on the default port: one of our own.
  }
  const program = findProgram('redis-server')
  if (!program) return null
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-redis-'))
  const port = await freePort()
  await startRedis(program, port, folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const url = `redis://127.0.0.1:${port}`
  await withRedis(url, assertRecent)
  return url
}

async function withRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return await use(client)
  } finally {
    client.disconnect()
  }
}

async function assertRecent(client: Redis): Promise<void> {
  const version = /redis_version:(\d+)/.exec(await client.info('server'))?.[1]
  if (Number(version) < 7) throw new Error(`Redis ${version} is too old: 7 or later is needed`)
}

/** The prefix may stand behind a hash tag, so it is looked for anywhere in the key. */
async function removeKeys(client: Redis, prefix: string): Promise<void> {
  for await (const keys of client.scanStream({ match: `*${prefix}*`, count: 1000 })) {
    if (keys.length > 0) await client.unlink(...keys)
  }
}

async function findPostgres(): Promise<string | null> {
  const given = process.env.DATABASE_URL
  if (given) return runSql(given, 'SELECT 1').then(() => given)
  try {
    await runSql(LOCAL_POSTGRES, 'SELECT 1')
    return LOCAL_POSTGRES
  } catch {
    // Nothing that lets us in on the default port: one of our own.
  }
  const programs = [findProgram('initdb'), findProgram('postgres')]
  if (!programs[0] || !programs[1]) return null
  const port = await freePort()
  const { remove } = await startPostgres(programs[0], programs[1], port)
  process.once('exit', remove)
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function uniqueName(): string {
  return `t${randomBytes(8).toString('hex')}`
}

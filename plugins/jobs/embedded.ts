import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { lockFolder } from '../store/folder-lock.ts'
import { type Database, databaseUnavailable, type Row, type Transaction } from './database.ts'
import type { Reply, Request } from './embedded-worker.ts'

type Call = { resolve(rows: Row[]): void; reject(error: Error): void }

/** As nice(1) has it. */
const LOW_PRIORITY = 10

/** An open thread; `run` rejects once it has ended. */
type Thread = { run(sql: string | null, params?: unknown[]): Promise<Row[]>; ended: Promise<void> }

/**
 * The PostgreSQL that comes along (PGlite), in a thread of its own because it computes on the one that it lives in. It
 * is opened with the first statement, and again when its thread has died.
 *
 * It survives `kill -9` of the process, but never calls fsync: after a loss of power the newest changes may be gone.
 *
 * @throws Error at once when another process uses the folder: it takes no lock of its own, two would diverge unnoticed
 */
export function createEmbeddedPostgres(folder: string): Database {
  const unlock = lockFolder(folder)
  const giveUp = new AbortController()
  let thread: Promise<Thread> | null = null
  let closing: Promise<void> | null = null
  // There is one session, which a transaction has to itself: everything else waits for its turn.
  let turn: Promise<unknown> = Promise.resolve()

  const open = (): Promise<Thread> => {
    if (closing) return Promise.reject(databaseUnavailable(new Error('The database is closed')))
    if (!thread) {
      const opening = makeData(folder, giveUp.signal).then(startThread)
      thread = opening
      const forget = () => {
        if (thread === opening) thread = null
      }
      opening.then(({ ended }) => ended.then(forget), forget)
    }
    return thread
  }

  const takeTurn = async (): Promise<() => void> => {
    const before = turn
    const { promise, resolve } = Promise.withResolvers<void>()
    turn = promise
    await before
    return resolve
  }

  const query = async (sql: string, params?: unknown[]): Promise<Row[]> => {
    const done = await takeTurn()
    try {
      const { run } = await open()
      try {
        return await run(sql, params)
      } catch (error) {
        // Several statements in one text may have left a transaction open that the failure has aborted.
        await run('ROLLBACK').catch(() => {})
        throw error
      }
    } finally {
      done()
    }
  }

  const begin = async (): Promise<Transaction> => {
    const done = await takeTurn()
    let over = false
    try {
      const { run } = await open()
      await run('BEGIN')
      const end = async (sql: string) => {
        over = true
        try {
          await run(sql)
        } finally {
          done()
        }
      }
      const late = () => databaseUnavailable(new Error('The transaction is over'))
      return {
        query: (async (sql: string, params?: unknown[]) => {
          if (over) throw late()
          return run(sql, params)
        }) as Transaction['query'],
        commit: async () => {
          if (over) throw late()
          await end('COMMIT')
        },
        rollback: async () => {
          if (!over) await end('ROLLBACK').catch(() => {})
        },
      }
    } catch (error) {
      done()
      throw error
    }
  }

  const close = async (): Promise<void> => {
    giveUp.abort()
    const done = await takeTurn()
    const open = await thread?.catch(() => null)
    await open?.run(null).catch(() => {})
    await open?.ended
    unlock()
    done()
  }

  return {
    kind: 'pglite',
    query: query as Database['query'],
    begin,
    async check() {
      await query('SELECT 1')
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/**
 * The folder of the data, made when there is none: elsewhere first, so that a half-made one is never taken for a database,
 * and in a process of its own, which takes a gigabyte for a few seconds and gives way to the server.
 */
async function makeData(folder: string, signal: AbortSignal): Promise<string> {
  const data = join(folder, 'data')
  if (existsSync(data)) return data
  for (const name of readdirSync(folder)) {
    if (name.startsWith('new-')) rmSync(join(folder, name), { recursive: true })
  }
  const made = mkdtempSync(join(folder, 'new-'))
  const script = fileURLToPath(new URL('./embedded-create.ts', import.meta.url))
  const making = promisify(execFile)(process.execPath, [script, made], { signal })
  try {
    setPriority(making.child.pid as number, LOW_PRIORITY)
  } catch {
    // Not allowed here, or over already.
  }
  await making.catch((error) => {
    throw databaseUnavailable(error)
  })
  renameSync(made, data)
  return data
}

async function startThread(folder: string): Promise<Thread> {
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData: { folder } })
  const calls = new Map<number, Call>()
  let last = 0
  let failure: Error | null = null

  const ready = Promise.withResolvers<Row[]>()
  calls.set(0, ready)
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const fail = (error: Error) => {
    failure ??= databaseUnavailable(error)
    for (const call of calls.values()) call.reject(failure)
    calls.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('The thread of the embedded database has ended')))
  worker.on('message', (reply: Reply) => {
    const call = calls.get(reply.id)
    calls.delete(reply.id)
    if ('rows' in reply) call?.resolve(reply.rows as Row[])
    else call?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }))
  })
  await ready.promise
  return {
    ended,
    run: (sql, params) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        const id = ++last
        calls.set(id, { resolve, reject })
        worker.postMessage({ id, sql, params } satisfies Request)
      }),
  }
}

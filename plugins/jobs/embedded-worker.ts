import { parentPort, workerData } from 'node:worker_threads'
import { openPglite } from './pglite.ts'

/** A statement to run, or null to close the database; `id` comes back with the outcome. */
export type Request = { id: number; sql: string | null; params?: unknown[] | undefined }
/** id 0 tells that the database is open. */
export type Reply =
  | { id: number; rows: unknown[] }
  | { id: number; error: { message: string; code?: string } }

const port = parentPort
if (!port) throw new Error('This file is for a worker thread')

const database = await openPglite(workerData.folder as string)

port.on('message', async ({ id, sql, params }: Request) => {
  try {
    if (sql === null) {
      await database.close()
      port.postMessage({ id, rows: [] } satisfies Reply)
      return port.close()
    }
    const results = params?.length ? [await database.query(sql, params)] : await database.exec(sql)
    port.postMessage({ id, rows: results.flatMap(({ rows }) => rows) } satisfies Reply)
  } catch (error) {
    // The machine underneath has stopped for good: the thread ends with it, and another one is started.
    if ((error as Error).name === 'RuntimeError') throw error
    const { message, code } = error as Error & { code?: string }
    port.postMessage({ id, error: { message, ...(code ? { code } : {}) } } satisfies Reply)
  }
})
port.postMessage({ id: 0, rows: [] } satisfies Reply)

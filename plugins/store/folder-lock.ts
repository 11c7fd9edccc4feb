import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

/**
 * Takes a folder for this process alone, creating it when needed; the returned function gives it back.
 *
 * The lock is the operating system's, held through an open SQLite transaction (Node has no flock of its own), so the
 * kernel releases it whatever way the process ends, and it also holds between containers that share a volume.
 *
 * @throws Error that names the folder and the process that holds it
 */
export function lockFolder(folder: string): () => void {
  const path = resolve(folder)
  const holder = join(path, 'lock.pid')
  let lock: DatabaseSync | undefined
  try {
    mkdirSync(path, { recursive: true })
    lock = new DatabaseSync(join(path, 'lock.sqlite'))
    lock.exec('BEGIN EXCLUSIVE')
    writeFileSync(holder, String(process.pid))
  } catch (error) {
    lock?.close()
    const { errcode, message } = error as Error & { errcode?: number }
    if (errcode === undefined || (errcode & 0xff) !== SQLITE_BUSY) {
      throw new Error(`The data folder ${path} cannot be used: ${message}`, { cause: error })
    }
    throw new Error(
      `The data folder ${path} is in use by another server (process ${readHolder(holder)}). ` +
        'Stop that server, or give this one a folder of its own in DATA_DIR; several servers share one Redis (REDIS_URL).',
    )
  }
  const held = lock
  return () => {
    if (held.isOpen) held.close()
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return 'unknown'
  }
}

import { join } from 'node:path'
import type { JobsConfig } from './config.ts'
import type { Database } from './database.ts'
import { createEmbeddedPostgres } from './embedded.ts'
import { createPostgres } from './postgres.ts'

/**
 * The database that the settings name; nothing is connected or started before its first statement.
 *
 * @throws Error when another process uses the folder of the embedded one
 */
export function openDatabase(
  { DATABASE_URL: url, ...config }: JobsConfig & { DATA_DIR: string },
  onError?: (error: Error) => void,
): Database {
  return url
    ? createPostgres({ url, pool_size: config.DATABASE_POOL_SIZE, ...(onError ? { onError } : {}) })
    : createEmbeddedPostgres(join(config.DATA_DIR, 'postgres'))
}

import { PGlite } from '@electric-sql/pglite'

/** PostgreSQL's own defaults are for a machine that it has to itself. */
const SETTINGS = ['shared_buffers=16MB', 'max_connections=10']

/** Opens the database in this folder, in this thread; an empty folder becomes one. */
export const openPglite = (folder: string): Promise<PGlite> =>
  PGlite.create({ dataDir: folder, postgresqlconf: SETTINGS })

import type { Command } from 'commander'
import type { ConfigProblem } from '../../config.ts'
import { usage } from './failure.ts'

export type StorageOptions = { dataDir?: string; redisUrl?: string; databaseUrl?: string }

/** The options that say where the server keeps its data; everything else comes from the environment. */
export function withStorage(command: Command): Command {
  return command
    .option('--data-dir <dir>', 'folder of the embedded store and database (DATA_DIR)')
    .option('--redis-url <url>', 'Redis that several instances share (REDIS_URL)')
    .option('--database-url <url>', 'PostgreSQL of the audit log (DATABASE_URL)')
}

/** The environment as these options complete it. */
export function environment(options: StorageOptions): Record<string, string | undefined> {
  const given = {
    DATA_DIR: options.dataDir,
    REDIS_URL: options.redisUrl,
    DATABASE_URL: options.databaseUrl,
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...process.env, ...Object.fromEntries(chosen) }
}

/** The configuration that was loaded, or the end of the command. */
export function checked<T>(loaded: { config: T } | { problems: ConfigProblem[] }): T {
  if ('config' in loaded) return loaded.config
  const lines = loaded.problems.map(({ key, problem }) => `  ${key} ${problem}`)
  throw usage(`the configuration is not valid:\n${lines.join('\n')}`)
}

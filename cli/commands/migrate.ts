import type { Command } from 'commander'
import { Failure } from '../lib/failure.ts'
import { writeLine } from '../lib/output.ts'
import { checked, environment, type StorageOptions, withStorage } from '../lib/settings.ts'

export function register(program: Command): void {
  withStorage(program.command('migrate'))
    .description("bring the database's tables up to date, and nothing else")
    .addHelpText(
      'after',
      `
The server does this by itself when it starts. Do it beforehand where the server's own database user may not
change tables: with everything up to date it does not try.`,
    )
    .action(migrate)
}

async function migrate(options: StorageOptions): Promise<void> {
  // Loaded when needed: no other command should wait for the database drivers.
  const [{ ConfigSchema }, { loadConfig }, { openDatabase }, { setUp }] = await Promise.all([
    import('../../app.ts'),
    import('../../config.ts'),
    import('../../plugins/jobs/open.ts'),
    import('../../plugins/persistence/set-up.ts'),
  ])
  const config = checked(loadConfig(ConfigSchema, environment(options)))
  try {
    const database = openDatabase(config)
    try {
      const applied = await setUp(database, config.DATABASE_SCHEMA)
      for (const name of applied) writeLine(`applied ${name}`)
      if (applied.length === 0) writeLine('nothing to do')
    } finally {
      await database.close()
    }
  } catch (error) {
    const { message, cause } = error as Error
    throw new Failure(cause instanceof Error ? `${message} (${cause.message})` : message)
  }
}

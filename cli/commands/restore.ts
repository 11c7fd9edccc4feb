import { type Command, Option } from 'commander'
import { Failure } from '../lib/failure.ts'
import { note, writeLine } from '../lib/output.ts'
import { checked, environment, type StorageOptions, withStorage } from '../lib/settings.ts'

type Options = StorageOptions & { running: 'paused' | 'running' }

/** How long to wait for the database, in ms. */
const DATABASE_WITHIN_MS = 60_000

export function register(program: Command): void {
  withStorage(program.command('restore'))
    .description('rebuild the sessions that have not ended from the audit log, into an empty store')
    .addOption(
      new Option('--running <how>', 'how running sessions come back: paused at their last change, or running')
        .choices(['paused', 'running'])
        .default('paused'),
    )
    .addHelpText(
      'after',
      `
Stop the servers first. Sessions come back with their version, epoch and clock. With --running running the time since
their last change counts as played, as if nothing had happened.`,
    )
    .action(restore)
}

async function restore(options: Options): Promise<void> {
  const [{ buildApp, ConfigSchema }, { loadConfig }] = await Promise.all([
    import('../../app.ts'),
    import('../../config.ts'),
  ])
  const config = checked(loadConfig(ConfigSchema, { ...environment(options), PERSISTENCE: 'on' }))
  try {
    const app = await buildApp({ ...config, LOG_LEVEL: 'silent' })
    try {
      await app.ready()
      await within(app.jobs.ready())
      const { sessions, incomplete } = await app.history.restore(options.running)
      writeLine(`restored ${sessions} sessions`)
      for (const id of incomplete) note(`left out ${id}: the audit log lacks some of its events`)
      if (incomplete.length > 0) process.exitCode = 1
    } finally {
      await app.close()
    }
  } catch (error) {
    throw new Failure((error as Error).message)
  }
}

async function within(ready: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Failure('the database cannot be reached'))
  const timer = setTimeout(late, DATABASE_WITHIN_MS)
  try {
    await Promise.race([ready, promise])
  } finally {
    clearTimeout(timer)
  }
}

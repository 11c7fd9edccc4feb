import { Command, CommanderError } from 'commander'
import { register as migrate } from './commands/migrate.ts'
import { register as report } from './commands/report.ts'
import { register as restore } from './commands/restore.ts'
import { register as runs } from './commands/runs.ts'
import { register as server } from './commands/server.ts'
import { register as sessions } from './commands/sessions.ts'
import { register as sync } from './commands/sync.ts'
import { EXIT, Failure } from './lib/failure.ts'

const COMMANDS = [server, sync, report, runs, sessions, migrate, restore]
const VERSION = '2.0.0'

/** Runs the command line and resolves with the exit code; a command that goes on by itself leaves it to its end. */
export async function run(argv: string[]): Promise<number | undefined> {
  forgiveBrokenPipes()
  const program = new Command('synckairos')
    .description('Self-hosted sync server: turn clocks and live reporting of long runs')
    .version(VERSION)
    .showHelpAfterError('(--help tells more)')
    .enablePositionalOptions()
    .exitOverride()
  for (const register of COMMANDS) register(program)
  try {
    await program.parseAsync(argv)
    return process.exitCode as number | undefined
  } catch (error) {
    return explain(error)
  }
}

/** A reader that has gone (`| head`) is no failure; the commands that go on for long look at it themselves. */
function forgiveBrokenPipes() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** Says what went wrong, unless commander has done so. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const { message, stack } = error as Error
  process.stderr.write(`synckairos: ${error instanceof Failure ? message : stack}\n`)
  return error instanceof Failure ? error.exit_code : EXIT.failed
}

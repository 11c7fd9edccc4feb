import { type Command, InvalidArgumentError } from 'commander'
import { readConfigFile } from '../lib/config-file.ts'
import { parseListen } from '../lib/listen.ts'

type Options = {
  listen?: { host?: string; port: string }
  authToken?: string
  logLevel?: string
  dataDir?: string
  redisUrl?: string
  databaseUrl?: string
  config?: string
}

export function register(program: Command): void {
  program
    .command('server')
    .description('run the server')
    .option('--listen <host:port>', 'address to listen at; :PORT leaves the host as it is', parseListen)
    .option('--auth-token <token>', 'bearer token that changes need; may be repeated', tokens)
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent')
    .option('--data-dir <dir>', 'folder of the embedded store')
    .option('--redis-url <url>', 'Redis that several instances share, instead of the embedded store')
    .option('--database-url <url>', 'PostgreSQL of the audit log')
    .option('--config <file>', 'settings by their environment names: a JSON object, or lines of NAME=value')
    .addHelpText(
      'after',
      `
All settings can be given by the environment too (PORT, HOST, AUTH_TOKENS, ...). An option counts more than the
environment, the environment more than the file, and the file more than the default.`,
    )
    .action(serve)
}

/**
 * Completes the environment, then does what `node server.ts` does: one way to start, one place that reads the settings.
 */
async function serve(options: Options): Promise<void> {
  const { env } = process
  if (options.config !== undefined) {
    const { ConfigSchema } = await import('../../app.ts')
    const settings = readConfigFile(options.config, new Set(Object.keys(ConfigSchema.properties)))
    // An empty variable counts as not set, as it does for the server.
    for (const [name, value] of Object.entries(settings)) env[name] ||= value
  }
  const given = {
    HOST: options.listen?.host,
    PORT: options.listen?.port,
    AUTH_TOKENS: options.authToken,
    LOG_LEVEL: options.logLevel,
    DATA_DIR: options.dataDir,
    REDIS_URL: options.redisUrl,
    DATABASE_URL: options.databaseUrl,
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) env[name] = value
  await import('../../server.ts')
}

function tokens(token: string, before?: string): string {
  if (token.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return before === undefined ? token : `${before},${token}`
}

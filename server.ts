import { enableCompileCache, flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import closeWithGrace from 'close-with-grace'
import { DomainError } from './engine/errors.ts'

/** All of a shutdown, SHUTDOWN_DELAY_MS included, in ms. */
const SHUTDOWN_WITHIN_MS = 15_000

/**
 * A terminal, and some supervisors, signal npm and this process, and npm passes it on: what comes twice within this time
 * is one signal, in ms.
 */
const SAME_SIGNAL_MS = 300

// Only what is imported afterwards comes from the cache.
enableCompileCache()
const [{ buildApp, ConfigSchema }, { loadConfig }] = await Promise.all([
  import('./app.ts'),
  import('./config.ts'),
])

// What npm does after an install, so that the first start is as quick as the others.
if (process.argv.includes('--warm-up')) {
  flushCompileCache()
  process.exit()
}

const loaded = loadConfig(ConfigSchema, process.env)
if ('problems' in loaded) {
  const lines = loaded.problems.map(
    ({ key, problem, example }) =>
      `  ${key} ${problem}${example === null ? '' : `, for example ${key}=${example}`}`,
  )
  fail(`The configuration is not valid:\n${lines.join('\n')}`)
}
const { config } = loaded

const app = await buildApp(config).catch(cannotStart)

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const grace = closeWithGrace(
  { delay: SHUTDOWN_WITHIN_MS, logger: app.log, skip: [...SIGNALS] },
  async ({ err }) => {
    if (err) app.log.fatal({ err }, 'ending after an error that nobody handled')
    app.health.drain()
    if (!err) await sleep(config.SHUTDOWN_DELAY_MS)
    await app.close()
  },
)
let signalled_at: number | null = null
for (const signal of SIGNALS) process.on(signal, () => onSignal(signal))

await app.ready().then(undefined, cannotStart)
giveBackMemory()
await app
  .listen({
    port: config.PORT,
    host: config.HOST,
    listenTextResolver: (address) => `listening at ${address}`,
  })
  .catch(cannotStart)

/** The first signal ends the server in an orderly way, a second one at once. */
function onSignal(signal: NodeJS.Signals): void {
  if (signalled_at === null) {
    signalled_at = performance.now()
    app.log.info({ signal }, 'shutting down')
    void grace.close()
  } else if (performance.now() - signalled_at > SAME_SIGNAL_MS) {
    app.log.warn({ signal }, 'ending at once after a second signal')
    process.exit(1)
  }
}

/** Starting leaves some 40 MB of garbage, which V8 would keep for as long as there is little to do. */
function giveBackMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** What the operator can act on is told in one line, everything else with its stack. */
function cannotStart(error: Error & { code?: string }): never {
  const { PORT, HOST } = config
  if (error.code === 'EADDRINUSE')
    fail(`Cannot start: port ${PORT} of ${HOST} is in use; set PORT to another one`)
  if (error.code === 'EADDRNOTAVAIL')
    fail(`Cannot start: this machine has no address ${HOST}; set HOST to one it has`)
  if (error.code === 'EACCES') fail(`Cannot start: not allowed (${error.message})`)
  const foreseen = error instanceof DomainError || error.constructor === Error
  fail(`Cannot start: ${foreseen ? error.message : error.stack}`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

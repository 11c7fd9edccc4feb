import type { Command } from 'commander'
import { createReporterClock, type RunClient } from '../../sdk/reporter.ts'
import { readConsensus } from '../lib/consensus.ts'
import { readExecution } from '../lib/execution.ts'
import { EXIT } from '../lib/failure.ts'
import { createFolderGauge } from '../lib/folder-size.ts'
import { type Interrupt, onInterrupt } from '../lib/interrupt.ts'
import { time, url, withRun, withServer } from '../lib/options.ts'
import { createRunReporter, type RunOptions } from '../lib/run-reporting.ts'
import { createBarView, createJsonView, createLineView, type SyncView } from '../lib/sync-view.ts'
import { metricsOf, type Outcome, type Snapshot, watchSync } from '../lib/sync-watch.ts'

type Options = RunOptions & {
  elRpc: string
  clApi: string
  elClient?: string
  clClient?: string
  elImage: string
  clImage: string
  elDatadir?: string
  clDatadir?: string
  poll: number
  timeout: number
  json?: boolean
}

/** How long the end of a run is tried to be delivered, in ms. */
const CLOSE_WITHIN_MS = 30_000

/** A start without the clients' names waits this long for a client to say what it is, in ms. */
const NAMES_WITHIN_MS = 60_000

/** The server's own time-out comes after this command's, which knows how far the clients got; in seconds. */
const SERVER_TIMEOUT_SLACK_S = 60

export function register(program: Command): void {
  const command = program
    .command('sync')
    .description('watch an execution and a consensus client until both are in sync')
    .requiredOption('--el-rpc <url>', 'JSON-RPC address of the execution client', url)
    .requiredOption('--cl-api <url>', 'beacon API address of the consensus client', url)
    .option('--el-client <name>', 'name of the execution client (default: as it says)')
    .option('--cl-client <name>', 'name of the consensus client (default: as it says)')
    .option('--el-image <image>', 'image of the execution client', '')
    .option('--cl-image <image>', 'image of the consensus client', '')
    .option('--el-datadir <dir>', 'folder of the execution client, whose size is reported')
    .option('--cl-datadir <dir>', 'folder of the consensus client, whose size is reported')
    .addOption(time('--poll <time>', 'time between two looks', '10s'))
    .addOption(time('--timeout <time>', 'when to give up, counted from the start of the run', '24h'))
    .option('--json', 'one JSON object a line instead of bars')
  withServer(withRun(command))
    .addHelpText(
      'after',
      `
Exit code: 0 in sync, 1 not in sync in time, 2 wrong usage, 130 interrupted (143 by SIGTERM); the server changes none
of them. When it ends the run itself, that is said once, and the clients are watched to the end all the same.
Without --server nothing is reported. An interrupted run that was named with --run-id stays open, and the same command
goes on with it; any other is reported as failed ("interrupted").`,
    )
    .action(async (options: Options) => {
      process.exitCode = await sync(options)
    })
}

async function sync(options: Options): Promise<number> {
  const clock = createReporterClock()
  const interrupt = onInterrupt()
  const began_at = clock.now()
  const view = chooseView(options)
  const clients = {
    el_client: client(options.elClient, options.elImage),
    cl_client: client(options.clClient, options.clImage),
  }
  const run_timeout = Math.ceil(options.timeout / 1000) + SERVER_TIMEOUT_SLACK_S
  const { reporter, run_id } = createRunReporter(options, { ...clients, run_timeout }, view.note)

  let started = false
  function report(snapshot: Snapshot, last = false) {
    const el = options.elClient ?? nameOf(snapshot.execution.state?.version)
    const cl = options.clClient ?? nameOf(snapshot.consensus.state?.version)
    if (!started && ((el && cl) || last || snapshot.elapsed_ms >= NAMES_WITHIN_MS)) {
      started = true
      const named = { el_client: client(el, options.elImage), cl_client: client(cl, options.clImage) }
      reporter.start({ ...named, started_at: began_at })
    }
    reporter.progress(metricsOf(snapshot))
  }

  const { outcome, last } = await watchSync({
    readExecution: () => readExecution(options.elRpc),
    readConsensus: () => readConsensus(options.clApi),
    executionDisk: createFolderGauge(options.elDatadir),
    consensusDisk: createFolderGauge(options.clDatadir),
    clock,
    signal: interrupt.signal,
    poll_ms: options.poll,
    timeout_ms: options.timeout,
    startedAt: () => reporter.started_at ?? began_at,
    onSnapshot: (snapshot) => {
      view.update(snapshot)
      report(snapshot)
    },
  })
  if (last && !started) report(last, true)

  const resumable = outcome === 'interrupted' && options.runId !== undefined
  if (started && !resumable) {
    reporter.complete({
      success: outcome === 'synced',
      final_block: last?.execution.state?.height ?? 0,
      final_slot: last?.consensus.state?.height ?? 0,
      error: explain(outcome, options, last),
    })
  }
  const { delivered } = await reporter.close({ timeout_ms: CLOSE_WITHIN_MS })
  const elapsed_ms = clock.now() - (reporter.started_at ?? began_at)
  view.end({
    outcome,
    success: outcome === 'synced',
    run_id,
    elapsed_ms,
    reported: options.server ? delivered : null,
  })
  interrupt.release()
  return exitCode(outcome, interrupt)
}

function chooseView({ json }: Options): SyncView {
  if (json) return createJsonView()
  return process.stdout.isTTY ? createBarView() : createLineView()
}

function client(type: string | undefined, image: string): RunClient {
  return { type: type ?? 'unknown', image }
}

/** `Geth/v1.13.4/linux-amd64` is geth. */
function nameOf(version: string | null | undefined): string | undefined {
  return version?.split('/')[0]?.trim().toLowerCase() || undefined
}

function explain(outcome: Outcome, { timeout }: Options, last: Snapshot | null): string | undefined {
  if (outcome === 'synced') return undefined
  if (outcome === 'interrupted') return 'interrupted'
  const sides = [last?.execution, last?.consensus]
  const away = sides.flatMap((side, i) =>
    side?.away ? [`${i === 0 ? 'execution' : 'consensus'} client away: ${side.away}`] : [],
  )
  return [`not in sync within ${timeout / 1000} s`, ...away].join('; ')
}

function exitCode(outcome: Outcome, interrupt: Interrupt): number {
  if (outcome === 'interrupted') return interrupt.exit_code ?? EXIT.interrupted
  return outcome === 'synced' ? EXIT.ok : EXIT.failed
}

import { type Command, Option } from 'commander'
import type { RunListQuery } from '../../sdk/index.ts'
import { ask } from '../lib/http.ts'
import { count, DEFAULT_SERVER, ratio, type ServerOptions, withServer } from '../lib/options.ts'
import { writeFields, writeJson, writeLine, writeTable } from '../lib/output.ts'
import { RUN_HEAD, runFields, runRow } from '../lib/runs.ts'
import { type CompareOptions, compareRuns } from '../lib/runs-compare.ts'
import { watchRuns } from '../lib/runs-watch.ts'

type Json = ServerOptions & { json?: boolean }
type ListOptions = Json & RunListQuery

export function register(program: Command): void {
  const runs = program.command('runs').description('list, show, watch and compare runs')

  withServer(runs.command('list').description('list runs, newest first'), DEFAULT_SERVER)
    .option('--active', 'only those that are running')
    .addOption(new Option('--status <status>').choices(['running', 'stale', 'finished', 'failed']))
    .option('--network <name>', 'only those of this network')
    .option('--label <key=value>', 'only those with this label')
    .option('--client <type>', 'only those with this execution or consensus client')
    .option('--limit <n>', 'how many at most', count, 50)
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .option('--json', 'the answer of the server, as JSON')
    .action(list)

  withServer(runs.command('show <run_id>').description('show a run'), DEFAULT_SERVER)
    .option('--json', 'the run with its history, as JSON')
    .action(show)

  withServer(
    runs
      .command('watch [run_id]')
      .description('follow all runs, or one until it ends (exit code 0 when it succeeded, 1 when it failed)'),
    DEFAULT_SERVER,
  )
    .option('--json', 'each message as a line of JSON; those without an id tell how things stood')
    .action(async (run_id: string | undefined, options: Json) => {
      process.exitCode = await watchRuns(run_id, options)
    })

  withServer(
    runs
      .command('compare <run_id...>')
      .description('compare 2 to 20 runs, or judge one by a baseline (exit code 1 unless it passes)'),
    DEFAULT_SERVER,
  )
    .addOption(
      new Option('--axis <axis>', 'what the runs are aligned by')
        .choices(['elapsed', 'block', 'slot'])
        .default('elapsed'),
    )
    .option('--metric <name>', 'what is compared (default: block, or on another axis elapsed)')
    .option('--points <n>', 'how many places on the axis, 2 to 1000', count, 11)
    .option('--against <run_id>', 'the baseline to judge one run by')
    .option(
      '--max-ratio <n>',
      "with --against: how many times the baseline's value is allowed (default: 1.1)",
      ratio,
    )
    .addOption(
      new Option('--check <name...>', 'with --against: what counts (default: all)').choices([
        'duration',
        'disk',
        'memory',
      ]),
    )
    .option('--json', 'the answer of the server, as JSON')
    .action(async (run_ids: string[], options: CompareOptions) => {
      process.exitCode = await compareRuns(run_ids, options)
    })
}

async function list({ json, active, limit, cursor, ...options }: ListOptions): Promise<void> {
  const { status, network, label, client } = options
  const query = { active, status, network, label, client, limit, cursor }
  const found = await ask(options, ({ runs }) => runs.list(query))
  if (json) return writeJson(found)
  if (found.tests.length === 0) return writeLine('no runs')
  writeTable(RUN_HEAD, found.tests.map(runRow))
  const more = found.next_cursor === null ? '' : `; more with --cursor ${found.next_cursor}`
  writeLine(`${found.tests.length} of ${found.total_count} runs, ${found.active_count} running${more}`)
}

async function show(run_id: string, { json, ...options }: Json): Promise<void> {
  const run = await ask(options, ({ runs }) => runs.get(run_id))
  if (json) return writeJson(run)
  writeFields([...runFields(run), ['points', run.progress_history.length]])
}

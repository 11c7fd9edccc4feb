import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Metrics } from '../../sdk/reporter.ts'
import { METRIC_NAMES } from '../../sdk/reporter.ts'
import { runChild } from '../lib/child.ts'
import { createMetricReader } from '../lib/metric-lines.ts'
import { repeated, withRun, withServer } from '../lib/options.ts'
import { note } from '../lib/output.ts'
import { createRunReporter, type RunOptions } from '../lib/run-reporting.ts'

type Options = RunOptions & { map: Record<string, string>; quiet?: boolean }

/** How much later than its command this one may end because of the server, in ms. */
const CLOSE_WITHIN_MS = 5000

export function register(program: Command): void {
  const command = program
    .command('report')
    .description('run a command and report its progress')
    .argument('<command...>', 'the command and its arguments, after --')
    .addOption(
      repeated('--map <key=metric>', 'report this key of the output under that name; may be repeated'),
    )
    .option('--quiet', 'say nothing about reports that were not delivered')
  withServer(withRun(command))
    .passThroughOptions()
    .addHelpText(
      'after',
      `
The output passes through as it is. Pairs like key=123 and lines that are JSON objects are read as progress. These keys
have a meaning to everybody; numbers under up to 32 other keys are reported beside them:
${listNames()}
The arguments of the command are not reported: reports are public, and arguments may hold secrets.
Exit code: the command's own; 128 + n when signal n ended it, 127 when it was not found, 2 wrong usage. A server that is
missing changes nothing, and holds up the end by ${CLOSE_WITHIN_MS / 1000} s at most.`,
    )
    .action(async (argv: string[], options: Options) => {
      process.exitCode = await report(argv, options)
    })
}

async function report([command = '', ...args]: string[], options: Options): Promise<number> {
  // Told at the end: a line of this program's in the middle of the command's would not be its output any more.
  const notes: string[] = []
  const clients = {
    el_client: { type: basename(command), image: '' },
    cl_client: { type: 'none', image: '' },
  }
  const { reporter, run_id } = createRunReporter(options, clients, (text) => notes.push(text))
  reporter.start()

  const last: Metrics = {}
  const onMetrics = (metrics: Metrics) => {
    Object.assign(last, metrics)
    reporter.progress(metrics)
  }
  const stdout = createMetricReader(options.map, onMetrics)
  const stderr = createMetricReader(options.map, onMetrics)
  const { exit_code, reason } = await runChild(command, args, { stdout: stdout.feed, stderr: stderr.feed })
  for (const reader of [stdout, stderr]) reader.end()
  reporter.complete({
    success: exit_code === 0,
    final_block: last.block ?? 0,
    final_slot: last.slot ?? 0,
    error: reason ?? undefined,
  })
  const { delivered } = await reporter.close({ timeout_ms: CLOSE_WITHIN_MS })
  if (!delivered && !options.quiet) {
    for (const text of new Set(notes)) note(text)
    note(`not everything of run ${run_id} was reported`)
  }
  return exit_code
}

function listNames(): string {
  const exec = [...METRIC_NAMES].filter((name) => name.startsWith('exec_'))
  const cons = exec.map((name) => name.replace('exec_', 'cons_'))
  return [['block', 'slot'], exec, cons].map((names) => `  ${names.join(' ')}`).join('\n')
}

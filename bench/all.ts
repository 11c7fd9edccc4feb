/**
 * All benches of the server's speed, one after the other, in less than ten minutes; what they measured goes to
 * bench/RESULTS.md. `runs` is not among them: it watches memory for minutes.
 *
 *   npm run bench -- all [--only switch,fanout] [--short]
 *
 * --short: some of them, briefly, and nothing is written; exit code 1 when a throughput is, beside its baseline, less than
 * half of what it was in bench/results.json, or when something was lost or refused. That is for CI, where more cannot be
 * said about speed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Aim, isMet, type Report } from './lib/report.ts'
import { toMarkdown } from './lib/results.ts'

type Bench = [name: string, ...args: string[]]

const FULL: Bench[] = [
  ['switch', '--seconds', '0.7'],
  ['hot'],
  ['big', '--rounds', '5'],
  ['grow', '--rounds', '5', '--seconds', '0.5'],
  ['fanout', '--rounds', '7'],
  ['sse', '--rounds', '7'],
  ['rooms', '--seconds', '2'],
  ['idle', '--seconds', '10'],
  ['expiry', '--only', 'embedded,redis'],
  ['persist', '--only', 'backlog,latency'],
  ['start'],
  ['paint'],
]
const SHORT: Bench[] = [
  ['switch', '--rounds', '3', '--warm-ups', '8', '--seconds', '0.5', '--sessions', '100'],
  ['hot', '--rounds', '2', '--seconds', '0.5'],
  ['fanout', '--rounds', '3', '--seconds', '0.5', '--sockets', '300'],
  ['sse', '--rounds', '3', '--seconds', '0.5', '--streams', '300'],
]

const RECORD = join(import.meta.dirname, 'results.json')

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const only = values.only?.split(',')
const benches = (values.short ? SHORT : FULL).filter(([name]) => !only || only.includes(name))

/** Runs a bench in a process of its own, showing what it prints; answers what it reported. */
async function run([name, ...args]: Bench): Promise<{ reports: Report[]; code: number | null }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), name, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const reports: Report[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"bench":')) reports.push(JSON.parse(line))
    else console.log(line)
  }
  const [code] = await ended
  return { reports, code }
}

function recorded(): Report[] {
  return existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : []
}

/** What is less than half of what it was; figures that were not recorded say nothing. */
function collapses(): string[] {
  const before = new Map(recorded().flatMap(({ aims }) => aims.map(({ what, measured }) => [what, measured])))
  return aims
    .filter(([, { bound, what, measured }]) => bound === 'at least' && measured < (before.get(what) ?? 0) / 2)
    .map(([bench, { what, measured }]) => `${bench}: ${what}: ${measured}, it was ${before.get(what)}`)
}

const began = performance.now()
const reports: Report[] = []
const failures: string[] = []
for (const bench of benches) {
  const [name] = bench
  console.log(`\n== ${bench.join(' ')}`)
  const { reports: its, code } = await run(bench)
  reports.push(...its)
  if (code !== 0) failures.push(`${name} ended with ${code}`)
}
const aims = reports.flatMap(({ bench, aims }) => aims.map((aim): [string, Aim] => [bench, aim]))
const missed = aims.filter(([, aim]) => !isMet(aim)).map(([bench, { what }]) => `${bench}: ${what}`)
if (values.short) failures.push(...collapses())

const seconds = Math.round((performance.now() - began) / 1000)
console.log(`\n${aims.length - missed.length} of ${aims.length} aims met in ${seconds} s`)
for (const each of missed) console.log(`missed  ${each}`)
for (const failure of failures) console.error(`FAILED  ${failure}`)
if (!values.short) {
  const measured = new Set(reports.map(({ bench }) => bench))
  // What was not measured now stays as it was.
  const all = [...recorded().filter(({ bench }) => !measured.has(bench)), ...reports]
  writeFileSync(RECORD, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), toMarkdown(all))
}
process.exit(failures.length > 0 ? 1 : 0)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Parser, type Result } from 'tap-parser'
import { checkCoverage } from './coverage.ts'

/**
 * `npm test [-- FILE...]`: runs the tests and closes with `N passed, N failed`: assertions, and subtests that make
 * none (a property throws). A test file that crashes or times out, coverage below its rule, a run that tested nothing,
 * and in CI whatever was not run, count as failed.
 */
const root = join(import.meta.dirname, '..')
const summary = join(root, '.tap/report/coverage-summary.json')
const files = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'synckairos-test-'))
/** The tests write into it what they could not run, one line each. */
const notices = join(folder, 'not-run')
const count = { passed: 0, failed: 0 }
const notRun: string[] = []

/** What every failure of a whole file carries and nobody needs. */
const NOISE = ['args', 'command', 'cwd', 'stdio', 'externalID', 'jobId']

function readNotices(): string[] {
  return readFileSync(notices, 'utf8').split('\n').filter(Boolean)
}

function fail(what: string, details: object | null = null) {
  count.failed++
  console.log(`\nFAILED  ${what}`)
  for (const [key, value] of Object.entries(details ?? {})) {
    if (NOISE.includes(key)) continue
    const text = typeof value === 'string' ? value.trimEnd() : inspect(value, { depth: 8 })
    console.log(`  ${key}: ${text.includes('\n') ? `\n${text}` : text}`.replaceAll('\n', '\n    '))
  }
}

/** Prints one line per test file; the failures of a file stand above its line. */
function watch(parser: Parser) {
  let seen = { ...count }
  parser.on('pass', (result: Result) => {
    // A test that gave up for want of a backend ends without a failure, which is no success.
    if (!readNotices().some((notice) => notice.startsWith(`${result.fullname} (`))) count.passed++
  })
  parser.on('fail', (result: Result) => fail(result.fullname || result.name, result.diag))
  parser.on('skip', (result: Result) => notRun.push(`${result.fullname || result.name} (${result.skip})`))
  parser.on('todo', (result: Result) => notRun.push(`${result.fullname || result.name} (unfinished)`))
  parser.on('bailout', (reason: string) => fail(`the run was given up: ${reason}`))
  parser.on('assert', (file: Result) => {
    const passed = count.passed - seen.passed
    const seconds = ((file.time ?? 0) / 1000).toFixed(1)
    console.log(`${file.ok ? 'ok    ' : 'FAILED'} ${String(passed).padStart(6)}  ${file.name} (${seconds} s)`)
    seen = { ...count }
  })
}

/** Resolves with tap's exit code once its whole output was read. */
async function runTap(): Promise<number | null> {
  const args = [
    '--reporter=tap',
    '--no-color',
    '--jobs=2',
    '--allow-incomplete-coverage',
    '--allow-empty-coverage',
  ]
  if (files.length > 0) args.push('--disable-coverage')
  else args.push('--coverage-report=json-summary', '--coverage-exclude={test,bench}/**')
  const tap = spawn(process.execPath, [join(root, 'node_modules/.bin/tap'), ...args, ...files], {
    cwd: root,
    env: { ...process.env, SYNCKAIROS_NOT_RUN: notices },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const parser = new Parser()
  watch(parser)
  const read = once(parser, 'complete')
  tap.stdout.pipe(parser)
  const [code] = await once(tap, 'exit')
  await read
  return code
}

function reportCoverage() {
  console.log('\nCoverage')
  // Pages run in a browser only, which not every machine has.
  const unjudged = readNotices().some((notice) => notice.includes('(without Chromium:')) ? ['dashboard/'] : []
  for (const { name, text, ok } of checkCoverage(root, summary, unjudged)) {
    const verdict = { undefined: '', true: 'ok', false: 'FAILED' }[`${ok}`]
    console.log(`${verdict.padEnd(6)} ${name.padEnd(24)} ${text}`)
    if (ok === false) count.failed++
  }
  console.log('       (which lines: npx tap report text)')
}

function reportNotRun() {
  notRun.push(...readNotices())
  if (notRun.length === 0) return
  console.log(`\n${'!'.repeat(70)}\nNOT RUN:`)
  for (const line of notRun) console.log(`  - ${line}`)
  console.log('!'.repeat(70))
  if (process.env.CI) fail(`CI runs everything, but ${notRun.length} were not run`)
}

try {
  writeFileSync(notices, '')
  rmSync(summary, { force: true })
  const code = await runTap()
  if (files.length === 0) reportCoverage()
  reportNotRun()
  if (code !== 0 && count.failed === 0) fail(`tap ended with ${code}`)
  if (count.passed === 0) fail('nothing was tested')
} catch (error) {
  fail(`the run itself: ${inspect(error)}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`\n${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed === 0 ? 0 : 1

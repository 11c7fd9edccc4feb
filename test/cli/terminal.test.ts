import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { createBarView } from '../../cli/lib/sync-view.ts'
import type { Side } from '../../cli/lib/sync-watch.ts'
import { build, call } from '../helpers/app.ts'
import { missing } from '../helpers/not-run.ts'
import { listen } from '../helpers/realtime.ts'
import { completionOf, measured, progressOf, startRun } from '../helpers/runs.ts'
import { findProgram } from '../helpers/servers.ts'
import { until } from '../helpers/until.ts'
import { syncingPair } from './fake-nodes.ts'

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const ESCAPE = '\x1b['
/** What moves the cursor, colours and clears. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what terminals obey
const CONTROL = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]/g
const plain = (text: string) => text.replace(CONTROL, '').replaceAll('\r', '')

/** A terminal of 200 columns that remembers what was written to it. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 50 })
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return { stream, text: () => text }
}

/** Runs a command on a terminal of its own; null where there is no program that makes one. */
async function onTerminal(t: Test, args: string[]) {
  const program = findProgram('script')
  if (!program) return missing(t, 'script', 'install util-linux')
  const command = [process.execPath, MAIN, ...args].map((arg) => `'${arg}'`).join(' ')
  const child = spawn(program, ['-qec', `stty cols 200; ${command}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color' },
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  return { code, text }
}

const side = (height: number, more: Partial<Side> = {}): Side => ({
  state: { version: 'x', height, goal: 1000, peers: 7, percent: height / 10, synced: height === 1000 },
  away: null,
  disk: 2048,
  pace: { rate: 12.5, eta_ms: 60_000 },
  ...more,
})

test('two bars stay where they are, and what is said beside them stands above', async (t) => {
  const { stream, text } = terminal()
  const view = createBarView(stream)
  view.update({ at: 0, elapsed_ms: 0, execution: side(500), consensus: side(250, { away: 'ECONNREFUSED' }) })
  await until(text, (shown) => shown.includes('slot 250'))
  view.note('the server is away')
  view.update({ at: 1, elapsed_ms: 1000, execution: side(1000), consensus: side(750) })
  view.end({ outcome: 'synced', success: true, run_id: 'r', elapsed_ms: 61_000, reported: true })
  await until(text, (shown) => shown.includes('reported as r'))
  const shown = plain(text())
  t.match(shown, /EL \[█{12}░{12}\] block 500\/1000 50\.00%, 12\.5\/s, ETA 1m00s, 7 peers, 2\.00 KiB/)
  t.match(shown, /CL \[█{6}░{18}\] slot 250\/1000 25\.00%, away \(ECONNREFUSED\)/)
  t.match(shown, /the server is away\n/)
  t.match(shown, /EL \[█{24}\] block 1000 100%, synced, 7 peers, 2\.00 KiB/)
  t.match(shown, /\nsynced after 1m01s, reported as r\n$/)
  t.ok(text().includes(`${ESCAPE}?25l`), 'there is no cursor meanwhile')
  t.ok(text().lastIndexOf(`${ESCAPE}?25h`) > text().lastIndexOf(`${ESCAPE}?25l`), 'and there is at the end')
})

test('sync draws bars on a terminal, and lines nowhere', async (t) => {
  const pair = await syncingPair(8)
  t.teardown(pair.close)
  const ran = await onTerminal(t, ['sync', ...pair.args, '--poll', '100ms'])
  if (!ran) return
  t.equal(ran.code, 0)
  const shown = plain(ran.text)
  t.match(shown, /EL \[█*░*\] block 99\d\/1000 99/)
  t.match(shown, /CL \[█{24}\] slot 2000 100%, synced, 9 peers/)
  t.match(shown, /synced after \d+s\n$/)
  t.notMatch(shown, / \| CL /)
})

test('tables line up on a terminal as anywhere', async (t) => {
  const app = await build(t)
  const server = `http://${await listen(app)}`
  const { url, at } = await startRun(app, Date.now() - 60_000, { run_id: 'a-run' })
  await call(app, 'POST', `${url}/progress`, progressOf(at + 1, measured()))
  await startRun(app, Date.now(), { run_id: 'another-longer-name' })
  await call(app, 'POST', `${url}/complete`, completionOf(at + 30))
  const ran = await onTerminal(t, ['runs', 'list', '--server', server])
  if (!ran) return
  const [head = '', ...rows] = plain(ran.text).split('\n')
  t.match(rows[0], /^another-longer-name +hoodi +geth +lighthouse +running /)
  t.match(rows[1], /^a-run +hoodi +geth +lighthouse +finished .* 30s +500 +600 +9\.50% +10\.00%$/)
  for (const [name, text] of [
    ['NETWORK', 'hoodi'],
    ['EL', 'geth'],
    ['CL', 'lighthouse'],
  ] as const) {
    for (const row of rows.slice(0, 2)) t.equal(row.indexOf(text), head.indexOf(name), name)
  }
  t.equal(rows[2], '2 of 2 runs, 1 running')
})

/**
 * `synckairos sync` beside real clients, from npm: an EthereumJS execution client and a Lodestar beacon node, each on a
 * chain of its own. In the middle the server is killed with -9, and the execution client is restarted.
 *
 *   npm run test:clients
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { createParser } from 'eventsource-parser'
import { startServer } from '../../bench/lib/server.ts'
import type { Run, RunDetail } from '../../sdk/index.ts'
import { startCli } from '../cli/run-cli.ts'
import { freePort } from '../helpers/servers.ts'
import { startConsensus, startExecution } from './clients-nodes.ts'
import { installClients } from './clients-packages.ts'

type Line = { type: string; metrics: Record<string, number | string> }

const RUN_ID = 'real-clients'
/** Wide enough for each look to have a second of its own: the reporter sends one point a second. */
const POLL = '2s'
/** A point that came so long after its time had to wait. */
const LATE_MS = 4000
const GIVE_UP_MS = 10 * 60_000

const count = { passed: 0, failed: 0 }
const began = performance.now()

const say = (text: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`)

function check(what: string, ok: boolean, found?: unknown) {
  count[ok ? 'passed' : 'failed']++
  say(`${ok ? 'ok' : 'FAILED'}  ${what}${ok ? '' : `: ${JSON.stringify(found)}`}`)
}

async function data<T>(url: string): Promise<T> {
  const response = await fetch(url)
  const body = (await response.json()) as { data: T }
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(body)}`)
  return body.data
}

/** A command that does not outlive this process. */
function start(args: string[]) {
  const cli = startCli(args)
  process.on('exit', () => cli.child.kill('SIGKILL'))
  return cli
}

/** How many messages about the run are broadcast from now on, by type. */
async function countMessages(base: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const response = await fetch(`${base}/v1/runs/events`)
  const parser = createParser({
    onEvent: ({ data }) => {
      const { type, run_id } = JSON.parse(data) as { type: string; run_id: string }
      if (run_id === RUN_ID) counts[type] = (counts[type] ?? 0) + 1
    },
  })
  const decoder = new TextDecoder()
  const read = async () => {
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }))
  }
  read().catch(() => {})
  return counts
}

/** From the start of everything to the end of the sync; what was there before the server was killed is in `before`. */
async function play(folder: string) {
  const scripts = await installClients(say)
  const folders = ['server', 'el', 'cl'].map((name) => join(folder, name))
  for (const each of folders) mkdirSync(each)
  const [DATA_DIR = '', el = '', cl = ''] = folders
  const el_port = await freePort()
  const env = { PORT: `${await freePort()}`, DATA_DIR, PERSISTENCE: 'on' }
  const [consensus, execution, server] = await Promise.all([
    startConsensus(scripts.consensus, cl),
    startExecution(scripts.execution, el, el_port, false),
    startServer(env),
  ])
  const { base } = server
  say(`a beacon node at ${consensus.url}, an execution client at ${execution.url}, a server at ${base}`)

  const sync = start([
    ...['sync', '--el-rpc', execution.url, '--cl-api', consensus.url, '--poll', POLL, '--json'],
    ...['--el-datadir', el, '--cl-datadir', cl, '--server', base, '--run-id', RUN_ID, '--network', 'dev'],
  ])
  await sync.printed(/(.*\n){4}/)
  const watcher = start(['runs', 'watch', RUN_ID, '--json', '--server', base])
  await watcher.printed(/test_progress/)
  const before = await data<RunDetail>(`${base}/v1/runs/${RUN_ID}`)
  await server.kill('SIGKILL')
  say('the server was killed')
  await sync.printed(/the server is away/, 'stderr')
  await execution.kill()
  say('the execution client was killed')
  await sync.printed(/("away":"[\s\S]*){3}/)
  await startServer(env)
  const messages = await countMessages(base)
  await sync.printed(/the server is back/, 'stderr')
  say('the server is back')
  await startExecution(scripts.execution, el, el_port, true)
  say('the execution client is back, and mines')
  const [synced, watched] = await Promise.all([sync.ended, watcher.ended])
  return { base, before, messages, synced, watched }
}

type Played = Awaited<ReturnType<typeof play>>

async function checkRun({ base, before, messages, synced, watched }: Played, run: RunDetail) {
  check('sync ends with 0', synced.code === 0, synced)
  check('its last line tells of success', /"outcome":"synced".*\n$/.test(synced.stdout), synced)
  check('its watcher ends with 0, too', watched.code === 0, watched)
  check('and heard of the end once', watched.stdout.split('"test_complete"').length === 2, watched)
  check('there was one completion', messages.test_complete === 1, messages)
  check('and no second start', !messages.test_start && run.start_time === before.start_time, [before, run])
  check('the run has succeeded', run.status === 'finished' && run.success === true, run)
  check(
    'with the last block',
    (run.final_block ?? 0) > 0 && run.final_block === run.current_metrics?.block,
    run,
  )
  check('the clients are who they say', `${run.el_client} ${run.cl_client}` === 'ethereumjs lodestar', run)
  const list = await data<{ tests: Run[] }>(`${base}/v1/runs`)
  check('there is one run', list.tests.length === 1, list)
}

async function checkPoints({ base, before, synced }: Played, run: RunDetail) {
  const points = run.progress_history
  const instants = points.map(({ timestamp }) => Date.parse(timestamp))
  const ordered = instants.every((at, i) => at > (instants[i - 1] ?? 0))
  check('the points are in order, each instant once', ordered, instants)
  const kept = isDeepStrictEqual(points.slice(0, before.progress_history.length), before.progress_history)
  check('what was acknowledged before the kill is there', kept, { before, points })
  const lines = synced.stdout.trim().split('\n')
  const looks = lines.map((line) => JSON.parse(line) as Line).filter(({ type }) => type === 'progress')
  // What a client that is away does not tell stays as it was.
  const known: Line['metrics'] = {}
  const expected = looks.map(({ metrics }) => ({ ...Object.assign(known, metrics) }))
  const complete = isDeepStrictEqual(
    points.map(({ metrics }) => metrics),
    expected,
  )
  check(`each of the ${looks.length} looks is a point, with what was measured`, complete, { points, looks })
  const late = points.filter(
    ({ timestamp, received_at }) => Date.parse(received_at) - Date.parse(timestamp) > LATE_MS,
  )
  check(`${late.length} of them waited for the server`, late.length > 0, points)

  const get = async (format: string) =>
    (await fetch(`${base}/v1/runs/${RUN_ID}/export?format=${format}`)).text()
  const json = JSON.parse(await get('json'))
  check('the export as JSON is the run', isDeepStrictEqual(json.data ?? json, run), json)
  const csv = (await get('csv')).trim().split(/\r?\n/)
  const timestamps = csv.slice(1).map((row) => row.split(',')[0])
  const same = isDeepStrictEqual(
    timestamps,
    points.map(({ timestamp }) => timestamp),
  )
  check('the export as CSV has its points', same, csv)
}

async function scenario(folder: string) {
  const played = await play(folder)
  say('in sync')
  const run = await data<RunDetail>(`${played.base}/v1/runs/${RUN_ID}`)
  await checkRun(played, run)
  await checkPoints(played, run)
}

const folder = mkdtempSync(join(tmpdir(), 'synckairos-real-'))
const giveUp = delay(GIVE_UP_MS, null, { ref: false }).then(() =>
  Promise.reject(new Error('it takes too long')),
)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => process.exit(code))
}
try {
  await Promise.race([scenario(folder), giveUp])
} catch (error) {
  count.failed++
  console.error(`\nNOT SHOWN, for the clients could not be had, or the sync did not go through:\n${error}\n`)
}
if (count.failed === 0) rmSync(folder, { recursive: true, force: true })
else console.error(`what the clients said is in ${folder}`)
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exit(count.failed > 0 ? 1 : 0)

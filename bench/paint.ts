/**
 * When a page of the dashboard is first painted, in a browser that has nothing of it yet, beside a page of one line
 * without styles, scripts and letters of its own: in turns.
 *
 *   npm run bench -- paint [--rounds 5]
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { findChromium, launchChromium } from '../test/browser/lib/chromium.ts'
import { firstPaint } from '../test/browser/lib/measure.ts'
import { newRun } from '../test/helpers/runs.ts'
import { newSession } from '../test/helpers/sessions.ts'
import { atMost, median, report, spread } from './lib/report.ts'
import { memoryFolder, post, startServer } from './lib/server.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)

const path = findChromium()
if (path === null) throw new Error('There is no Chromium: set CHROMIUM_PATH or install chromium')

const BARE = '<!doctype html><html lang="en"><title>Bare</title><h1>Nothing else</h1></html>'

async function measure(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url, { waitUntil: 'commit' })
  const ms = await firstPaint(page)
  await context.close()
  return ms
}

const server = await startServer({ DATA_DIR: memoryFolder() })
const session = newSession()
await post(server.base, '/v1/sessions', session)
for (const run_id of ['paint-1', 'paint-2'])
  await post(server.base, '/v1/runs/start', { ...newRun(Date.now()), run_id })

const bare = createServer((_, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(BARE)
}).listen(0, '127.0.0.1')
await once(bare, 'listening')

const pages = [
  '/',
  `/sessions/${session.session_id}`,
  `/s/${session.session_id}`,
  '/sessions/new',
  '/runs',
  '/runs/paint-1',
  '/runs/compare?ids=paint-1,paint-2',
  '/system',
].map((address) => ({ what: address, url: server.base + address, painted: [] as number[] }))
const nothing = {
  what: 'bare page',
  url: `http://127.0.0.1:${(bare.address() as AddressInfo).port}/`,
  painted: [] as number[],
}

const browser = await launchChromium(path)
// The first one ever is that of the browser, and the server makes its pages then.
await measure(browser, nothing.url)
await measure(browser, `${server.base}/components`)
for (let i = 0; i < rounds; i++) {
  const all = [nothing, ...pages]
  for (const each of i % 2 === 0 ? all : all.toReversed()) each.painted.push(await measure(browser, each.url))
}
await browser.close()
bare.close()
await server.kill('SIGTERM')

const nameOf = (what: string) => what.replace(session.session_id, 'ID').replace(/\?.*/, '')
report(
  'paint',
  [nothing, ...pages].map(({ what, painted }) => ({
    what: nameOf(what),
    painted_p50_ms: Math.round(median(painted)),
    painted_max_ms: Math.round(spread(painted).max),
    of_bare: Math.round((100 * median(painted)) / median(nothing.painted)) / 100,
  })),
  pages.map(({ what, painted }) =>
    atMost(`${nameOf(what)}: to the first paint`, Math.round(median(painted)), 1000, ' ms'),
  ),
)

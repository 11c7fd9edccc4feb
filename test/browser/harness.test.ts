import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { gateTo } from '../helpers/gate.ts'
import { missing } from '../helpers/not-run.ts'
import { until } from '../helpers/until.ts'
import { findChromium } from './lib/chromium.ts'
import { ofFile } from './lib/coverage.ts'
import { axeViolations, countTransfers, firstPaint, layoutShifts, watchFrames } from './lib/measure.ts'
import { openPage, type PageOptions } from './lib/page.ts'
import { pairForTest, processForTest } from './lib/servers.ts'

const STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
const html = (body: string) =>
  `<!doctype html><html lang="en"><head><title>Test</title><link rel="icon" href="data:,"></head><body><main><h1>Test</h1>${body}</main></body></html>`

/** A site of these files under a strict policy; answers its address. */
async function site(t: Test, files: Record<string, string>): Promise<string> {
  const server = createServer((request, response) => {
    const text = files[request.url ?? '']
    response.statusCode = text === undefined ? 404 : 200
    response.setHeader('content-type', request.url?.endsWith('.js') ? 'text/javascript' : 'text/html')
    response.setHeader('content-security-policy', STRICT)
    response.end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A page with this script, and what was found wrong with it. */
async function pageWith(t: Test, script: string, options: PageOptions = {}) {
  const url = await site(t, { '/': html('<script src="/a.js"></script>'), '/a.js': script })
  return openPage(t, { url, report: () => {}, ...options })
}

t.test('what cannot be run is heard of, and is a failure in CI', async (t) => {
  const notices = join(t.testdir(), 'notices')
  const { CI, CHROMIUM_PATH, SYNCKAIROS_NOT_RUN } = process.env
  t.teardown(() => {
    for (const [name, value] of Object.entries({ CI, CHROMIUM_PATH, SYNCKAIROS_NOT_RUN })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  delete process.env.CI
  process.env.SYNCKAIROS_NOT_RUN = notices
  t.equal(missing(t, 'Chromium', 'install it'), null)
  t.match(readFileSync(notices, 'utf8'), /heard of.*\(without Chromium: install it\)\n$/)
  process.env.CI = 'true'
  t.throws(() => missing(t, 'Chromium', 'install it'), /Chromium is missing, and CI runs everything/)
  process.env.CHROMIUM_PATH = '/somewhere/chromium'
  t.equal(findChromium(), '/somewhere/chromium', 'what is asked for is not second-guessed')
})

t.test('what is wrong with a page is found: each kind, once', async (t) => {
  const kinds: [kind: string, script: string][] = [
    ['console: broken', `console.error('broken')`],
    ['console: odd', `console.warn('odd')`],
    ['exception: Error: thrown', `throw new Error('thrown')`],
    ['exception: Error: rejected', `Promise.reject(new Error('rejected'))`],
    ['console: Failed to load resource', `fetch('/missing')`],
    ['csp: Applying inline style', `document.body.setAttribute('style', 'color: red')`],
    ['csp: Connecting to', `fetch('http://127.0.0.2:1/').catch(() => {})`],
  ]
  for (const [problem, script] of kinds) {
    const opened = await pageWith(t, script)
    if (!opened) return
    await until(
      () => opened.problems,
      (problems) => problems.some((one) => one.startsWith(problem)),
    )
  }
  const opened = await pageWith(t, `console.error('expected')`, { allow: [/Failed to load/, /expected/] })
  t.equal(await opened?.page.evaluate(() => fetch('/missing').then(({ status }) => status)), 404)
  await opened?.page.evaluate(() => 'whose answer comes after all that was told before')
  t.same(opened?.problems, [], 'what is allowed is no problem')
})

t.test('a page without fault passes, in either theme and size', async (t) => {
  const url = await site(t, { '/': html('<p>Nothing to see.</p>') })
  for (const theme of ['light', 'dark'] as const) {
    const opened = await openPage(t, { url, theme, size: 'phone' })
    if (!opened) return
    t.equal(
      await opened.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches),
      theme === 'dark',
    )
    t.equal(await opened.page.evaluate(() => innerWidth), 390)
    t.same(await axeViolations(opened.page), [])
    t.same(opened.problems, [])
  }
})

t.test('axe names what a strict page keeps from some people', async (t) => {
  const url = await site(t, {
    '/': html('<button></button><img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'),
  })
  const opened = await openPage(t, { url })
  if (!opened) return
  const found = await axeViolations(opened.page)
  t.match(found.sort(), [/^button-name \(critical\): button: /, /^image-alt \(critical\): img: /])
})

t.test('transfers, paint, frames and shifts are measured', async (t) => {
  const url = await site(t, {
    '/': html('<p>Text</p><script src="/a.js"></script>'),
    '/a.js': `
      const intruder = document.createElement('div')
      globalThis.shift = () => { intruder.textContent = 'pushes all down'; document.body.prepend(intruder) }
      globalThis.block = (ms) => { const end = performance.now() + ms; while (performance.now() < end); }
      // ${'x'.repeat(10_000)}`,
  })
  const opened = await openPage(t)
  if (!opened) return
  const { page } = opened
  const transfers = await countTransfers(page)
  await page.goto(url)
  const paint = await firstPaint(page)
  t.ok(paint > 0 && paint < 10_000, `${paint} ms`)
  await until(transfers.all, (all) => all.length === 2)
  const script = transfers.all().find(({ url }) => url.endsWith('/a.js'))?.bytes ?? 0
  t.ok(script > 10_000 && script < 11_000, `${script} bytes`)
  t.ok(transfers.total() > 10_300)

  t.same(await layoutShifts(page), [])
  await page.evaluate('shift()')
  t.equal((await layoutShifts(page)).length, 1)

  const smooth = await watchFrames(page, 30)
  const watching = watchFrames(page, 30)
  await page.evaluate('requestAnimationFrame(() => requestAnimationFrame(() => block(300)))')
  const busy = await watching
  // The frame before may have come late, so that less than 300 ms lie between the two.
  t.ok(busy.dropped >= 10 && busy.longest_ms >= 200, `${JSON.stringify({ smooth, busy })}`)
})

t.test('a page can be taken offline, by itself and by its server', async (t) => {
  const gate = await gateTo(t, await site(t, { '/': html('') }))
  const opened = await openPage(t, { url: gate.url })
  if (!opened) return
  const reach = () =>
    opened.page.evaluate(() =>
      fetch('/').then(
        ({ ok }) => ok,
        () => false,
      ),
    )
  t.equal(await reach(), true)
  await opened.offline()
  t.equal(await reach(), false)
  await opened.online()
  t.equal(await reach(), true)
  opened.allow(/ERR_/)
  await gate.shut()
  t.equal(await reach(), false)
  await gate.open()
  t.equal(await reach(), true)
})

t.test('what a page ran is counted where it stands in the file', async (t) => {
  const path = 'test/helpers/until.ts'
  const file = readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
  const source = file.replace(/\/\*.*\*\//g, '')
  const ranges = ['for (;;)', 'await pause'].map((text) => ({
    startOffset: source.indexOf(text),
    endOffset: source.length,
    count: 1,
  }))
  const functions = [{ functionName: 'until', isBlockCoverage: true, ranges }]
  const url = `http://127.0.0.1/assets/hash/${path}`
  const moved = ofFile({ url, scriptId: '1', source, functions })
  t.match(moved, { scriptId: '1', url: pathToFileURL(join(import.meta.dirname, '../..', path)).href })
  t.same(
    moved?.functions[0]?.ranges.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
    ['for (;;)', 'await pause'].map((text) => [file.indexOf(text), file.length]),
  )
  t.equal(ofFile({ url, scriptId: '1', source: `\n${source}`, functions }), null, 'another file')
  t.equal(ofFile({ url: 'http://127.0.0.1/a.js', scriptId: '1', source, functions }), null, 'not ours')
})

t.test('two instances share what they know, and a process comes back at its place', async (t) => {
  const pair = await pairForTest(t)
  if (!pair) return
  const body = JSON.stringify({
    session_id: '11111111-1111-4111-8111-111111111111',
    sync_mode: 'count_up',
    participants: [
      { participant_id: '22222222-2222-4222-8222-222222222222', participant_index: 0, total_time_ms: 60_000 },
    ],
  })
  const create = (url: string) =>
    fetch(`${url}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const read = async (url: string) =>
    (await fetch(`${url}/v1/sessions/11111111-1111-4111-8111-111111111111`)).status
  t.equal((await create(pair[0].url)).status, 201)
  t.equal(await read(pair[1].url), 200)

  const single = await processForTest(t)
  await create(single.url)
  await single.kill()
  await t.rejects(read(single.url))
  await single.start()
  t.equal(await read(single.url), 200)
})

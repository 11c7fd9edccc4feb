import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { call } from '../helpers/app.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { holdBack, holdSockets } from './lib/hold.ts'
import { countTransfers, firstPaint, layoutShifts } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { finished, reporterOf } from './lib/run-reporter.ts'
import { serverForTest } from './lib/servers.ts'

const MOST_BYTES = 150_000
/** The document, what chooses the theme, the style sheets (of all pages, of this one), the letters. */
const MOST_BYTES_TO_PAINT = 60_000
const MOST_FILES_TO_PAINT = 5

const MODULES = /\/assets\/.*(?<!dashboard\/theme)\.(ts|js)$/
const API = /\/(v1|ready|health)/

type Look = [path: string, ready: string, sockets: number]

let made: ReturnType<typeof furnish> | undefined

/** A server on which each page has something to show: one for all tests of this file. */
const furnished = (): ReturnType<typeof furnish> => {
  made ??= furnish(t)
  return made
}

async function furnish(t: Test): Promise<{ url: string; pages: Look[] }> {
  const { app, url } = await serverForTest(t)
  const titled = (title: string) => ({ metadata: { title }, totals: [600_000, 600_000] })
  for (let i = 0; i < 60; i++) await startSession(app, titled(`Session ${i}`))
  const { id, url: api } = await startSession(app, titled('Chess final'))
  for (let i = 0; i < 40; i++) await call(app, 'POST', `${api}/switch`)
  const report = reporterOf(t, url)
  await finished(report, 'base', 30, 100, { labels: { baseline: 'true' } })
  await finished(report, 'other', 30, 90)
  for (const run of ['live-1', 'live-2']) {
    await report.start(run, 600)
    for (let i = 0; i < 20; i++) await report.progress(run, 100 * i, 600 - 30 * i)
  }
  return {
    url,
    pages: [
      ['/', '.clock', 1],
      [`/sessions/${id}`, '.watcher', 1],
      [`/s/${id}`, '.face-clock', 1],
      ['/sessions/new', 'form', 0],
      ['/runs', '.run', 1],
      ['/runs/live-1', '.plot canvas', 1],
      ['/runs/compare?ids=base,other,live-1,live-2', '.plot canvas', 1],
      ['/system', '.plot canvas', 0],
    ],
  }
}

/** Everything that the page shows is there, its idea of the time included. */
async function complete(page: Page, ready: string): Promise<void> {
  await page.locator(ready).first().waitFor()
  await page
    .getByText(/±[\d.]+ m?s/)
    .first()
    .waitFor({ state: 'attached' })
}

t.test(
  'each page is painted from few files and filled in without a move; it is light and has one socket',
  async (t) => {
    const { url, pages } = await furnished()
    for (const [path, ready, sockets] of pages) {
      // Each time in a browser that has nothing yet, and in which everything comes as late as it can.
      const opened = await openPage(t, { allow: [/status of 503/] })
      if (!opened) return
      const { page } = opened
      let open = 0
      page.on('websocket', () => open++)
      const answered: string[] = []
      page.on('response', (response) => {
        if (API.test(response.url())) answered.push(response.url())
      })
      const [modules, api, socket] = [
        await holdBack(page, MODULES),
        await holdBack(page, API),
        await holdSockets(page),
      ]
      const transfers = await countTransfers(page)

      await page.goto(url + path, { waitUntil: 'commit' })
      await firstPaint(page)
      const first = transfers.all()
      const toPaint = first.reduce((sum, { bytes }) => sum + bytes, 0)
      t.ok(first.length <= MOST_FILES_TO_PAINT, `${path}: painted with ${first.map((each) => each.url)}`)
      t.ok(toPaint < MOST_BYTES_TO_PAINT, `${path}: painted with ${toPaint} bytes`)
      const indirect = first.filter((each) => each.asked_by !== null && each.asked_by !== url + path)
      t.same(indirect, [], `${path}: the document names all that is needed for it`)

      await modules()
      await page.locator('#main > *').first().waitFor()
      t.same(answered, [], `${path}: the page is there before the first answer`)

      await Promise.all([api(), socket()])
      await complete(page, ready)
      // What is shown does not have to come over it.
      await until(
        () => open,
        (count) => count >= sockets,
      )
      const bytes = transfers.total()
      const asked = transfers.all().filter((each) => API.test(each.url))
      t.comment(`${path}: ${bytes} bytes, ${asked.reduce((sum, each) => sum + each.bytes, 0)} of the API`)
      t.ok(bytes < MOST_BYTES, `${path}: ${bytes} bytes`)
      t.same(await layoutShifts(page), [], `${path}: nothing moves`)
      t.equal(open, sockets, `${path}: sockets`)
      await opened.close()
    }
  },
)

t.test('nothing moves on a phone in the dark either, however late what it shows', async (t) => {
  const { url, pages } = await furnished()
  const opened = await openPage(t, { size: 'phone', theme: 'dark', allow: [/status of 503/] })
  if (!opened) return
  const { page } = opened
  for (const [path, ready] of pages) {
    const api = await holdBack(page, API)
    await page.goto(url + path)
    await page.locator('#main > *').first().waitFor()
    await api()
    await complete(page, ready)
    t.same(await layoutShifts(page), [], path)
    await page.unrouteAll()
  }
})

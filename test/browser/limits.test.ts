import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { call } from '../helpers/app.ts'
import { postgresForTest } from '../helpers/backends.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './lib/page.ts'
import { reporterOf } from './lib/run-reporter.ts'
import { serverForTest } from './lib/servers.ts'

/** What a server has that nobody has set up. */
const DEFAULTS = { RATE_LIMIT_GENERAL: 100, RATE_LIMIT_SWITCH: 10 }
/** A fast move, and less than ten in a second. */
const MOVE_MS = 150
const MOVES = 50

/** Several times as long as what a page may ask in one go lasts, with four reports and switches a second. */
const BUSY_MS = 9000

/** Counts what a page reads; its first look, and what makes a clock right, included. */
function countReads(page: Page) {
  const reads: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'GET' && /\/(v1|health|ready)/.test(request.url())) reads.push(request.url())
  })
  return reads
}

/** As many reads as a page may make by itself in that time. */
const turnsIn = (ms: number) => 5 + Math.ceil(ms / 3000)

t.test('two play fast behind one address, with the limits that servers have', async (t) => {
  const postgres = await postgresForTest(t)
  if (!postgres) return
  const { app, url } = await serverForTest(t, {
    ...DEFAULTS,
    PERSISTENCE: 'on',
    DATABASE_URL: postgres.url,
    DATABASE_SCHEMA: postgres.schema,
  })
  const { id, url: api } = await startSession(app, { totals: [600_000, 600_000] })
  const [ada, bo] = [
    await openPage(t, { url: `${url}/sessions/${id}` }),
    await openPage(t, { url: `${url}/sessions/${id}` }),
  ]
  if (!ada || !bo) return
  const players = [ada.page, bo.page]
  for (const page of players) await page.getByRole('button', { name: /^Switch to/ }).waitFor()
  const reads = players.map(countReads)
  const begun = performance.now()
  for (let move = 0; move < MOVES; move++) {
    const next = pause(MOVE_MS)
    const [mover, other] = move % 2 === 0 ? [ada.page, bo.page] : [bo.page, ada.page]
    await mover.keyboard.press('Space')
    await other.getByRole('button', { name: `Switch to Participant ${(move % 2) + 1}` }).waitFor()
    await next
  }
  const most = turnsIn(performance.now() - begun)
  for (const { length } of reads) t.ok(length <= most, `${length} reads, ${most} at most`)
  const answer = await call(app, 'GET', api)
  t.equal(answer.body.data.version, 2 + MOVES, 'every move counts')
  t.ok(Number(answer.headers['ratelimit-remaining']) > 0, 'and there is room for more requests')
  for (const page of players) {
    await page.getByText(`${2 + MOVES} of ${2 + MOVES} events`).waitFor()
    t.equal(await page.locator('.toast').count(), 0)
  }
})

t.test('who is refused is told, and what is old says so', async (t) => {
  const { app, url } = await serverForTest(t, { RATE_LIMIT_GENERAL: 25 })
  const { id, url: api } = await startSession(app, { totals: [600_000, 600_000] })
  const opened = await openPage(t, { url: `${url}/sessions/${id}`, allow: [/status of (429|503)/] })
  if (!opened) return
  const { page } = opened
  await page.getByRole('button', { name: 'Switch to Participant 2' }).waitFor()
  await page.locator('.watchers').getByText('1 client, this page included').waitFor()
  await until(
    () => call(app, 'GET', api),
    ({ status }) => status === 429,
  )
  await page.keyboard.press('Space')
  await page.getByText(/^Too many requests. Try again in \d+ s.$/).waitFor()
  await page.getByRole('button', { name: 'Switch to Participant 2' }).waitFor()
  await page.locator('.watchers').getByText('This list is a little old').waitFor()
})

/** What a browser tells a page that nobody looks at. */
function hide(hidden: boolean) {
  Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}

t.test('whatever happens, a page asks seldom; hidden not at all, and then it catches up', async (t) => {
  const { app, url } = await serverForTest(t)
  const report = reporterOf(t, url)
  const { id, url: api } = await startSession(app, { totals: [600_000, 600_000] })
  const runs = Array.from({ length: 6 }, (_, i) => `run-${i}`)
  await Promise.all(runs.map((run) => report.start(run, 60)))
  await Promise.all(runs.map((run) => report.progress(run, 1)))
  const paths = {
    session: `/sessions/${id}`,
    compare: `/runs/compare?ids=${runs}`,
    run: '/runs/run-0',
    sessions: '/',
    system: '/system',
  }
  const open = async ([name, path]: [string, string]) => {
    const opened = await openPage(t, { url: url + path, allow: [/status of 503/] })
    if (!opened) return null
    const { page } = opened
    await page
      .getByText(/^(Live|Online)$/)
      .first()
      .waitFor()
    await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => {})
    return { name, page, reads: countReads(page) }
  }
  const opened = await Promise.all(Object.entries(paths).map(open))
  const pages = opened.filter((each) => each !== null)
  if (pages.length < opened.length) return
  let block = 1
  const busy = async (ms: number) => {
    const end = performance.now() + ms
    while (performance.now() < end) {
      const next = pause(250)
      block += 1
      await Promise.all([
        ...runs.map((run) => report.progress(run, block)),
        call(app, 'POST', `${api}/switch`),
      ])
      await next
    }
  }
  const begun = performance.now()
  await busy(BUSY_MS)
  const most = turnsIn(performance.now() - begun)
  for (const { name, reads } of pages) {
    const asked = reads.filter((read) => !read.includes('/v1/time')).length
    t.ok(asked <= most, `${name}: ${asked} reads, ${most} at most`)
  }

  for (const { page } of pages) await page.evaluate(hide, true)
  // What was under way when it was hidden may still be counted.
  await Promise.all(pages.map(({ page }) => page.evaluate(() => new Promise(requestAnimationFrame))))
  for (const { reads } of pages) reads.length = 0
  await busy(BUSY_MS)
  for (const { name, reads } of pages) t.same(reads, [], `${name} is hidden`)

  for (const { page } of pages) await page.evaluate(hide, false)
  for (const { name, reads } of pages) {
    await until(
      () => reads.length,
      (count) => count > 0,
    )
    t.ok(reads.length > 0, `${name} is seen again`)
  }
})

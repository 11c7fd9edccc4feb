import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { until } from '../helpers/until.ts'
import { axeViolations, countTransfers, layoutShifts, watchFrames } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { reporterOf } from './lib/run-reporter.ts'
import { serverForTest } from './lib/servers.ts'
import { bothThemes } from './lib/themes.ts'

const RUNS = 50
const SECONDS = 4

t.test('50 live runs: every row is up to date, one socket, few bytes, and frames go on', async (t) => {
  const { url } = await serverForTest(t)
  const report = reporterOf(t, url)
  const opened = await openPage(t)
  if (!opened) return
  const { page } = opened
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  const transfers = await countTransfers(page)
  await page.goto(`${url}/runs`)
  await page.getByText('No runs yet').waitFor()
  t.match(await page.locator('pre').allTextContents(), [
    /^npx synckairos sync .*--server http/,
    /^npx synckairos report /,
  ])
  t.strictSame(await axeViolations(page), [])

  const ids = Array.from({ length: RUNS }, (_, i) => `run-${i}`)
  await Promise.all(ids.map((id) => report.start(id, 60)))
  await page.getByText('50 running').waitFor()
  const frames = watchFrames(page, 60 * SECONDS)
  for (let second = 1; second <= SECONDS; second++) {
    const next = pause(1000)
    await Promise.all(ids.map((id, i) => report.progress(id, 1000 * second + i)))
    await next
  }
  const { longest_ms, dropped } = await frames
  t.comment(`${dropped} of ${60 * SECONDS} frames dropped, the longest took ${Math.round(longest_ms)} ms`)
  t.ok(longest_ms < 1000, 'it never stands still')
  for (const [i, id] of ids.entries()) {
    const places = page
      .locator('.run')
      .filter({ has: page.getByRole('link', { name: id, exact: true }) })
      .locator('.places')
    await until(
      () => places.textContent(),
      (text) => String(text).includes(`4,0${String(i).padStart(2, '0')}`),
    )
  }

  // One report is the business of one row.
  await page.evaluate(() => {
    const touched = new Set<string>()
    Object.assign(window, { touched })
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement
        if (!element?.closest('.clock, time'))
          touched.add(element?.closest('.run')?.querySelector('a')?.textContent ?? '?')
      }
    }).observe(document.querySelector('.runs-table') as Element, {
      childList: true,
      characterData: true,
      subtree: true,
    })
  })
  await report.progress('run-7', 5000)
  await page.getByText('5,000', { exact: true }).waitFor()
  t.strictSame(await page.evaluate(() => [...(window as unknown as { touched: Set<string> }).touched]), [
    'run-7',
  ])

  t.same(await layoutShifts(page), [], 'nothing moves')
  t.equal(sockets.length, 1)
  const bytes = transfers.all().filter((each) => !each.url.includes('/v1/'))
  const sum = bytes.reduce((all, each) => all + each.bytes, 0)
  t.ok(sum < 150_000 + 300 * bytes.length, `${sum} bytes, headers included`)
  await page.setViewportSize({ width: 390, height: 844 })
  t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits a phone')
  t.strictSame(await axeViolations(page), [])
})

t.test(
  'what failed or fell silent stands out, comes back, and is found; an absence is made up for',
  async (t) => {
    const clock = createFakeClock(Date.now())
    const { url } = await serverForTest(t, {}, { clock })
    const report = reporterOf(t, url, clock.now)
    await report.start('broken', 600, {
      labels: { host: 'bench-1' },
      el_client: { type: 'reth', image: 'reth:v1.9.3' },
    })
    await report.progress('broken', 100)
    await report.complete('broken', { success: false, error: 'exit code 137: <b>out of memory</b>' })
    await report.start('quiet', 600)
    await report.progress('quiet', 100)
    const opened = await openPage(t, { url: `${url}/runs` })
    if (!opened) return
    const { page } = opened
    const rows = page.locator('.run')
    const quiet = rows.filter({ hasText: 'quiet' })
    await quiet.getByText('Running').waitFor()
    await page.getByText('exit code 137: <b>out of memory</b>').waitFor()
    t.match(await rows.allInnerTexts(), [/quiet/, /broken/], 'what runs comes first')
    clock.advance(10 * 60_000)
    await quiet.getByText('Stale').waitFor()
    await quiet.getByText('No report for 10 minutes').waitFor()
    await report.start('fresh')
    await rows.nth(2).waitFor()
    t.match(
      await rows.allInnerTexts(),
      [/fresh/, /quiet/, /broken/],
      'what is in doubt comes before what is over',
    )
    await bothThemes(t, page)

    await page.keyboard.press('/')
    await page.keyboard.type('memory')
    await rows.nth(1).waitFor({ state: 'detached' })
    t.match(page.url(), /\?q=memory$/)
    await page.getByRole('searchbox').fill('')
    await page.getByLabel('Client').selectOption('reth')
    await page.getByText('1 of 3 runs').waitFor()
    await page.goto(`${url}/runs?status=finished`)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: 'bench-1' }).click()
    await page.getByText('1 of 3 runs').waitFor()
    t.match(page.url(), /\?label=host%3Dbench-1$/)
    await page.goto(`${url}/runs`)
    await quiet.waitFor()

    await opened.offline()
    await report.progress('quiet', 2345)
    await opened.online()
    await quiet.getByText('Running').waitFor()
    await quiet.getByText('2,345').waitFor()
    t.equal(await quiet.locator('.reason').count(), 0)
  },
)

t.test('among 50 live runs one is followed, and six are compared, each over one socket', async (t) => {
  const { url } = await serverForTest(t)
  const report = reporterOf(t, url)
  const ids = Array.from({ length: RUNS }, (_, i) => `run-${i}`)
  await Promise.all(ids.map((id) => report.start(id, 60)))
  await Promise.all(ids.map((id) => report.progress(id, 1, 50)))
  const compared = ids.slice(0, 6)
  const [one, six] = [await openPage(t), await openPage(t)]
  if (!one || !six) return
  const sockets = { one: 0, six: 0 }
  one.page.on('websocket', () => sockets.one++)
  six.page.on('websocket', () => sockets.six++)
  await one.page.goto(`${url}/runs/run-0`)
  await six.page.goto(`${url}/runs/compare?ids=${compared}`)
  await one.page.locator('.plot canvas').first().waitFor()
  await six.page.locator('.plot canvas').first().waitFor()
  const frames = Promise.all([one, six].map(({ page }) => watchFrames(page, 30 * SECONDS)))
  for (let second = 1; second <= SECONDS; second++) {
    const next = pause(1000)
    await Promise.all(ids.map((id, i) => report.progress(id, 1000 * second + i)))
    await next
  }
  for (const { longest_ms } of await frames) t.ok(longest_ms < 1000, 'it never stands still')
  await one.page.locator('.overview').getByText('4,000', { exact: true }).waitFor()
  await one.page.getByRole('img', { name: /Block and slot. Newest: Block 4,000/ }).waitFor()
  // Curves are aligned, so their ends lie between two reports.
  const latest = compared.map((id) => `${id} (3,[1-9]\\d\\d|4,00\\d)`).join(', ')
  await six.page.getByRole('img', { name: new RegExp(`Newest: ${latest}`) }).waitFor()
  t.strictSame(sockets, { one: 1, six: 1 })
  for (const { page } of [one, six]) t.strictSame(await axeViolations(page), [])
})

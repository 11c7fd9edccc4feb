import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { until } from '../helpers/until.ts'
import { axeViolations, layoutShifts } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { finished, reporterOf } from './lib/run-reporter.ts'
import { serverForTest } from './lib/servers.ts'
import { bothThemes } from './lib/themes.ts'

/** Whether each plot has something on it besides its axes: some pixel of the first series' colour or any other line. */
const drawn = (page: Page) =>
  page.$$eval('.plot canvas', (all) =>
    all.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement
      const context = (canvas as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D
      const { data } = context.getImageData(0, 0, width, height)
      const colours = new Set<string>()
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`)
      }
      return colours.size >= 3
    }),
  )

t.test('a run is followed live, drawn, judged, listed and saved; one that is missing says so', async (t) => {
  const { url } = await serverForTest(t)
  const report = reporterOf(t, url)
  await finished(report, 'base', 10, 400, { labels: { baseline: 'true' } })
  await report.start('run:1', 400, {
    run_timeout: 7200,
    system_info: { total_memory: 64e9, os_name: 'Linux' },
    el_client: { type: 'geth', image: 'geth:1', env_vars: { TOKEN: '<b>x</b>' } },
  })
  const reports = Array.from({ length: 200 }, (_, i) => i)
  await Promise.all(reports.map((i) => report.progress('run:1', 10 * i, 400 - 2 * i, { loss: 1 / (i + 1) })))
  const opened = await openPage(t, { url: `${url}/runs/run:1` })
  if (!opened) return
  const { page } = opened
  await page.getByText('5 blocks/s').waitFor()
  await page.getByRole('heading', { name: /^Against base/ }).waitFor()
  t.same(await layoutShifts(page), [], 'nothing moves')
  await until(
    () => drawn(page),
    (all) => all.length >= 6 && all.every(Boolean),
  )
  await page.getByRole('heading', { name: 'loss' }).waitFor()
  t.equal((await page.locator('.raw tbody tr').count()) < 60, true, 'of 200 rows those in sight are there')
  await bothThemes(t, page)

  await report.progress('run:1', 6000)
  await page.locator('.overview').getByText('6,000').waitFor()
  await page.locator('.raw tbody tr').first().getByText('6,000').waitFor()
  await page.getByRole('img', { name: /Block and slot. Newest: Block 6,000/ }).waitFor()
  await page.locator('.raw .table-scroll').evaluate((element) => element.scrollTo(0, element.scrollHeight))
  await page.locator('.raw tbody').getByText('0:00', { exact: true }).waitFor()
  await report.progress('run:1', 6001)
  await page.getByRole('button', { name: '1 newer report' }).click()
  await page.locator('.raw tbody').getByText('6,001').waitFor()
  await page.getByRole('radio', { name: 'Block', exact: true }).check({ force: true })
  await page.getByRole('heading', { name: 'Time since start' }).waitFor()
  t.match(page.url(), /axis=block/)

  const saved = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the history as CSV' }).click()
  t.match(readFileSync(await (await saved).path(), 'utf8'), /^timestamp,received_at,block,slot/)
  await report.complete('run:1', { success: false, error: 'disk full' })
  await page.getByText('disk full').waitFor()
  await page.locator('.baseline .card-head').getByText('Fail', { exact: true }).waitFor()

  opened.allow(/404/)
  await page.goto(`${url}/runs/later`)
  await page.getByRole('heading', { name: 'This run is not here' }).waitFor()
  t.strictSame(await axeViolations(page), [])
  await report.start('later')
  await page.getByText('Nothing was measured yet').waitFor()
})

t.test('runs are selected, compared on every axis, measured against a baseline, and exported', async (t) => {
  const { url } = await serverForTest(t)
  const report = reporterOf(t, url)
  await finished(report, 'one', 10, 400)
  await finished(report, 'two', 12, 300)
  await finished(report, 'three', 9, 420, { labels: { baseline: 'true' } })
  await report.start('four', 300)
  for (const i of [0, 5, 10]) await report.progress('four', 100 * i, 300 - 30 * i)
  const opened = await openPage(t, { url: `${url}/runs` })
  if (!opened) return
  const { page } = opened
  for (const id of ['two', 'three']) await page.getByLabel(`Compare ${id}`).check()
  await page.keyboard.press('c')
  await page.waitForURL(`${url}/runs/compare?ids=two%2Cthree`)
  await until(
    () => drawn(page),
    (all) => all.length === 1 && all.every(Boolean),
  )
  const row = (id: string) =>
    page.locator('.summary tbody tr').filter({ has: page.getByRole('link', { name: id, exact: true }) })
  await row('two').getByText('×1.33').waitFor()
  t.ok(await page.getByLabel('three is the baseline').isChecked(), 'the one that is marked')
  await row('two').getByText('Fail').waitFor()
  await bothThemes(t, page)

  await page.getByRole('button', { name: 'Choose runs' }).click()
  const dialog = page.getByRole('dialog', { name: 'Choose runs' })
  await dialog.getByRole('searchbox').fill('o')
  await dialog.getByRole('checkbox', { name: /^four/ }).check()
  await dialog.getByRole('checkbox', { name: /^one/ }).check()
  t.strictSame(await axeViolations(page), [])
  await dialog.getByRole('button', { name: 'Compare' }).click()
  await row('four').getByText('Pass').or(row('four').getByText('Pending')).waitFor()
  await row('one').getByText('×1.11').waitFor()
  await page.getByLabel('one is the baseline').check()
  await row('three').getByText('×0.90').waitFor()
  await page.getByRole('button', { name: 'Leave out two' }).click()
  await row('two').waitFor({ state: 'detached' })
  await page.getByRole('radio', { name: 'Slot' }).check({ force: true })
  await page.getByRole('img', { name: /^Time since start over slot/ }).waitFor()
  await page.getByLabel('Metric', { exact: true }).selectOption('exec_disk_usage')
  await page
    .getByRole('img', { name: /^Execution disk over slot. Newest: three 7\.\d+ GB, four .+ .B, one 8 GB/ })
    .waitFor()
  t.match(page.url(), /axis=slot&metric=exec_disk_usage$/)

  // A run that goes on is drawn on: the address alone brings all of this back.
  await page.reload()
  await page.getByRole('img', { name: /^Execution disk over slot/ }).waitFor()
  await report.progress('four', 1500)
  await page.getByRole('img', { name: /four 1\.[45]\d* GB/ }).waitFor()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download the curves as CSV' }).click()
  t.match(readFileSync(await (await saved).path(), 'utf8'), /^slot,three,four,one\r\n/)

  opened.allow(/404/)
  await page.goto(`${url}/runs/compare?ids=one,gone,two`)
  await page.getByRole('button', { name: 'Leave it out' }).click()
  await row('two').waitFor()
  await page.goto(`${url}/runs/compare`)
  await page.getByText('Choose the runs to compare').waitFor()
  t.strictSame(await axeViolations(page), [])
})

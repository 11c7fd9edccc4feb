import t, { type Test } from 'tap'
import { until } from '../helpers/until.ts'
import { axeViolations, layoutShifts } from './lib/measure.ts'
import { openPage, type PageOptions, SIZES } from './lib/page.ts'
import { serverForTest } from './lib/servers.ts'

const TABS = ['controls', 'data', 'states', 'tokens']

async function openComponents(
  t: Test,
  { tab = 'controls', ...options }: PageOptions & { tab?: string } = {},
) {
  const { url } = await serverForTest(t)
  const opened = await openPage(t, options)
  if (!opened) return null
  await opened.page.goto(`${url}/components?tab=${tab}`)
  await opened.page.waitForSelector('.card')
  return { ...opened, url }
}

t.test('every component is accessible in both themes, and fits a phone', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page, url } = opened
  for (const tab of TABS) {
    await page.setViewportSize(SIZES.desktop)
    await page.goto(`${url}/components?tab=${tab}`)
    await page.waitForSelector('.card')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.evaluate(() => new Promise(requestAnimationFrame))
      await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running'))
      t.strictSame(await axeViolations(page), [], `${tab}, ${colorScheme}`)
    }
    await page.setViewportSize(SIZES.phone)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    t.ok(wide <= 0, `${tab}: nothing is wider than the screen`)
  }
})

t.test('the header is there before the first script, and nothing moves later', async (t) => {
  const opened = await openComponents(t, { tab: 'data' })
  if (!opened) return
  const { page } = opened
  t.same(await layoutShifts(page), [])
  const sign = () => page.locator('.wordmark').evaluate((element) => element.outerHTML)
  const place = () => page.locator('.wordmark').boundingBox()
  const drawn = [await sign(), await place()]
  await page.route('**/main.ts', (route) => route.abort())
  opened.allow(/ERR_FAILED/)
  await page.reload({ waitUntil: 'load' })
  t.equal(await page.locator('.nav').count(), 0)
  t.strictSame([await sign(), await place()], drawn)
})

t.test('a dialog gives the focus back, and Escape closes it', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page } = opened
  const button = page.getByRole('button', { name: 'Dialog', exact: true })
  await button.click()
  const dialog = page.getByRole('dialog', { name: 'A dialog' })
  t.ok(await dialog.isVisible())
  t.strictSame(await axeViolations(page), [])
  await page.keyboard.press('Escape')
  t.notOk(await dialog.isVisible())
  t.ok(await button.evaluate((element) => element === document.activeElement))

  await button.click()
  await page.mouse.click(5, 5)
  t.notOk(await dialog.isVisible(), 'a click beside it closes it, too')
})

t.test('calls carry the token that was entered, in this tab or on this device', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page } = opened
  const enter = async (token: string, remember: boolean) => {
    await page.getByRole('button', { name: /^Access token/ }).click()
    await page.getByLabel('Token', { exact: true }).fill(token)
    if (remember) await page.getByLabel('Remember on this device').check()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  const kept = () =>
    page.evaluate(() => [sessionStorage, localStorage].map((place) => place.getItem('synckairos.token')))
  const sent = async () => {
    const request = page.waitForRequest((request) => request.url().includes('/v1/time'))
    await page.reload()
    return (await request).headers().authorization
  }
  await enter('first-token-of-16', false)
  t.strictSame(await kept(), ['first-token-of-16', null])
  t.equal(await sent(), 'Bearer first-token-of-16')
  await enter('other-token-of-16', true)
  t.strictSame(await kept(), [null, 'other-token-of-16'])
  t.equal(await sent(), 'Bearer other-token-of-16')
  await page.getByRole('button', { name: 'Access token (in use)' }).click()
  await page.getByRole('button', { name: 'Forget token' }).click()
  t.strictSame(await kept(), [null, null])
})

t.test('the chosen theme is there before anything is drawn', async (t) => {
  const opened = await openComponents(t, { theme: 'light' })
  if (!opened) return
  const { page } = opened
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await background()
  await page.getByRole('button', { name: 'Theme: as the system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  const dark = await background()
  t.not(dark, light)
  await page.route('**/main.ts', (route) => route.abort())
  opened.allow(/ERR_FAILED/)
  await page.reload({ waitUntil: 'load' })
  t.equal(await background(), dark, 'without the app, too')
})

t.test('a clock writes itself, keeps its width, and rests where nobody sees it', async (t) => {
  const opened = await openComponents(t, { tab: 'data' })
  if (!opened) return
  const { page } = opened
  const clock = page.getByRole('timer', { name: 'Time used' })
  const first = await clock.textContent()
  await page.waitForFunction(
    ([first]) => document.querySelector('[aria-label="Time used"]')?.textContent !== first,
    [first],
  )
  t.match(await clock.textContent(), /^0:\d\d\.\d$/)
  const widths = new Set<number>()
  for (let i = 0; i < 5; i++) widths.add((await clock.boundingBox())?.width ?? 0)
  t.equal(widths.size, 1)

  await page.setViewportSize({ width: 600, height: 300 })
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  const changes = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const texts = new Set<string | null | undefined>()
        const look = (frame: number) => {
          texts.add(document.querySelector('[aria-label="Time used"]')?.textContent)
          if (frame < 30) requestAnimationFrame(() => look(frame + 1))
          else resolve(texts.size - 1)
        }
        // The first frames may be those in which it leaves.
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => look(0))))
      }),
  )
  t.equal(await changes, 0)
})

t.test('a plot is a table for those who want figures, and hides what they do not', async (t) => {
  const opened = await openComponents(t, { tab: 'data' })
  if (!opened) return
  const { page } = opened
  const plot = page.getByRole('img', { name: /^Execution clients, synced\. Newest: geth 99\.\d %/ })
  t.ok(await plot.isVisible())
  const geth = page.getByRole('button', { name: /^geth/ })
  await geth.click()
  t.equal(await geth.getAttribute('aria-pressed'), 'false')
  await page.getByRole('button', { name: 'Execution clients, synced as a table' }).click()
  const table = page.getByRole('table', { name: 'Execution clients, synced' })
  t.match(await table.getByRole('row').nth(1).textContent(), /^\d+ Nov|\d{4}/)
  t.equal(await table.getByRole('columnheader').count(), 7)
})

t.test('menus and tabs are used with the arrow keys', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page } = opened
  const focused = (name: string) =>
    until(
      () => page.evaluate(() => document.activeElement?.textContent),
      (text) => text === name,
    )
  await page.getByRole('button', { name: 'More' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Pause' }).waitFor()
  await focused('Pause')
  await page.keyboard.press('ArrowUp')
  await focused('Delete')
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'hidden' })

  await page.getByRole('tab', { name: 'Controls' }).focus()
  await page.keyboard.press('ArrowLeft')
  await focused('Tokens')
  await page.waitForURL(/tab=tokens/)
  await page.keyboard.press('Home')
  await page.waitForURL(/tab=controls/)
})

t.test('links lead from page to page within one document, and back', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page, url } = opened
  await page.evaluate(() => document.body.setAttribute('data-same', ''))
  await page.getByRole('link', { name: 'Sessions', exact: true }).click()
  await page.waitForURL(`${url}/`)
  await page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor()
  await page.waitForFunction(() => document.title === 'Sessions · SyncKairos')
  // Who cannot see it is told.
  await page.waitForFunction(() => document.activeElement?.id === 'main')
  t.equal(await page.locator('[aria-current=page]').textContent(), 'Sessions')
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Components' }).waitFor()
  t.equal(await page.locator('body[data-same]').count(), 1)
})

t.test('a page that is reached by a link has its styles, loaded once', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page } = opened
  const sheets = () =>
    page.$$eval('link[rel=stylesheet]', (links) =>
      links.map((link) => (link as HTMLLinkElement).href.replace(/.*dashboard\//, '')),
    )
  t.same(await sheets(), ['styles.css', 'pages/components/page.css'])
  for (let i = 0; i < 2; i++) {
    await page.getByRole('link', { name: 'System', exact: true }).click()
    // As the style sheet of the page has it.
    await page.waitForFunction(() => {
      const plots = document.querySelector('.system .plots')
      return plots && getComputedStyle(plots).gridTemplateColumns.split(' ').length === 4
    })
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Components' }).waitFor()
  }
  t.same(await sheets(), ['styles.css', 'pages/components/page.css', 'pages/system/page.css'])
})

t.test('a page whose files are gone is loaded anew, and tells when that does not help', async (t) => {
  const opened = await openComponents(t)
  if (!opened) return
  const { page, allow } = opened
  allow(/404|ERR_FAILED/)
  let gone = true
  await page.route('**/sessions/sessions.ts', (route) =>
    gone ? route.fulfill({ status: 404 }) : route.continue(),
  )
  await page.evaluate(() => document.body.setAttribute('data-same', ''))
  await page.getByRole('link', { name: 'Sessions', exact: true }).click()
  await page.getByRole('heading', { name: 'The server cannot be reached' }).waitFor()
  t.equal(await page.locator('body[data-same]').count(), 0, 'it was tried with a new document')
  gone = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor()
})

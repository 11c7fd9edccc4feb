import type { Page } from 'playwright-core'
import t from 'tap'
import { encode } from 'uqr'
import { call } from '../helpers/app.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { axeViolations } from './lib/measure.ts'
import { openPage, SIZES } from './lib/page.ts'
import { serverForTest } from './lib/servers.ts'
import { bothThemes } from './lib/themes.ts'

const GRANTED_MS = 600_000

/** A game that has been played for a while, by a clock that stands still; whose turn it is has so much left. */
async function gameWith(t: Parameters<typeof serverForTest>[0], left_ms: number) {
  const clock = createFakeClock()
  const server = await serverForTest(t, {}, { clock })
  const session = await startSession(server.app, { totals: [GRANTED_MS, GRANTED_MS] })
  clock.advance(GRANTED_MS - left_ms)
  return { ...server, ...session, page: `${server.url}/s/${session.id}`, clock }
}

const colourOf = (page: Page) =>
  page
    .locator('.pane[data-active=true] .face-clock')
    .evaluate((element) => [element.dataset.level, getComputedStyle(element).color])

t.test('a clock that runs low looks so, from the back of a room', async (t) => {
  const seen: Record<string, (string | undefined)[]> = {}
  // Below ten seconds it is soon out, in the same colour.
  for (const [name, left_ms] of [
    ['fine', 500_000],
    ['low', 100_000],
    ['critical', 9000],
  ] as const) {
    const game = await gameWith(t, left_ms)
    const opened = await openPage(t, { url: game.page })
    if (!opened) return
    const { page } = opened
    await page.getByText(/Live · ±/).waitFor()
    const levels = name === 'critical' ? ['critical', 'out'] : [name]
    const [level, colour] = await until(
      () => colourOf(page),
      ([level]) => levels.includes(String(level)),
    )
    t.ok(levels.includes(String(level)))
    const ground = await page
      .locator('.viewer')
      .evaluate((element) => getComputedStyle(element).backgroundColor)
    seen[name] = [colour, ground]
    t.same(await axeViolations(page), [], name)
  }
  t.equal(new Set(Object.values(seen).map(([colour]) => colour)).size, 3, JSON.stringify(seen))
  t.equal(new Set(Object.values(seen).map(([, ground]) => ground)).size, 3, 'the ground as well')
})

t.test('bars of used time are as long as it was', async (t) => {
  const clock = createFakeClock()
  const { app, url } = await serverForTest(t, {}, { clock })
  const game = await startSession(app, { totals: [GRANTED_MS, GRANTED_MS] })
  clock.advance(60_000)
  await call(app, 'POST', `${game.url}/switch`)
  clock.advance(180_000)
  await call(app, 'POST', `${game.url}/complete`)
  const opened = await openPage(t, { url: `${url}/sessions/${game.id}`, allow: [/status of 503/] })
  if (!opened) return
  const { page } = opened
  const shares = () =>
    page
      .locator('.usage-line')
      .evaluateAll((lines) =>
        lines.map((line) => new DOMMatrix(getComputedStyle(line, '::after').transform).a),
      )
  await until(shares, ([first, second]) => first === 0.25 && second === 0.75)
  t.same(await page.locator('.usage-bar').allInnerTexts(), ['1:00\n25 %', '3:00\n75 %'])
})

t.test('the code to be photographed says where the clock is', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id } = await startSession(app)
  const address = `${url}/s/${id}`
  const { data } = encode(address, { ecc: 'M', border: 2 })
  const opened = await openPage(t, { url: address })
  if (!opened) return
  const { page } = opened
  await page.locator('.face-clock').first().waitFor()
  await page.keyboard.press('q')
  const code = page.getByRole('img', { name: /^Address of the clock/ })
  await code.waitFor()
  t.equal(await code.getAttribute('viewBox'), `0 0 ${data.length} ${data.length}`)
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  t.equal(await code.locator('path').getAttribute('d'), dark)
  await bothThemes(t, page)
})

t.test('on a wall nothing is wider than the screen, and what is read from afar is large', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id } = await startSession(app, { totals: [36_000_000, 36_000_000] })
  for (let i = 0; i < 30; i++) await startSession(app, { metadata: { title: `Session ${i}` } })
  const opened = await openPage(t, { size: 'wall' })
  if (!opened) return
  const { page } = opened
  for (const path of ['/', `/s/${id}`, `/sessions/${id}`, '/system']) {
    if (path.startsWith('/sessions')) opened.allow(/status of 503/)
    await page.goto(url + path)
    await page.locator('.clock, canvas').first().waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    t.ok(wide <= 0, `${path}: ${wide} px too wide`)
    if (!path.startsWith('/s/')) continue
    const height = await page
      .locator('.pane .face-clock')
      .first()
      .evaluate((clock) => clock.clientHeight)
    t.ok(height > SIZES.wall.height / 8, `${height} px high`)
  }
})

t.test('times are those of the reader, wherever that is', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id, url: api } = await startSession(app)
  const session = (await call(app, 'GET', api)).body.data
  const opened = await openPage(t, { timezone: 'Asia/Kathmandu', allow: [/status of 503/] })
  if (!opened) return
  const { page } = opened
  await page.goto(`${url}/sessions/${id}`)
  const there = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
    timeZone: 'Asia/Kathmandu',
  })
  const started = page.locator('.about dl div').filter({ hasText: 'Started' }).locator('time')
  t.equal(await started.textContent(), there.format(Date.parse(session.session_started_at)))
})

t.test('dialogs, the past and what is empty are open to everybody, in both themes', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id, url: api } = await startSession(app, { totals: [GRANTED_MS, GRANTED_MS] })
  const opened = await openPage(t, { url: `${url}/sessions/${id}`, allow: [/status of (404|503)/] })
  if (!opened) return
  const { page } = opened
  await page.getByRole('button', { name: /^Switch to/ }).waitFor()
  const closed = async () => {
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
  }
  for (const [key, name] of [
    ['s', 'Share the clock'],
    ['?', 'Keyboard'],
    ['c', 'Complete this session?'],
  ] as const) {
    await page.keyboard.press(key)
    await page.getByRole('dialog', { name }).waitFor()
    await bothThemes(t, page)
    // Keys of the page mean nothing while something is asked.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.keyboard.press('Space')
    await closed()
  }
  t.equal((await call(app, 'GET', api)).body.data.version, 2, 'nobody has moved')
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Delete session' }).click()
  await page.getByRole('dialog', { name: 'Delete this session?' }).waitFor()
  await bothThemes(t, page)
  await closed()

  for (let i = 0; i < 3; i++) await call(app, 'POST', `${api}/switch`)
  await until(
    () => page.locator('.event').count(),
    (count) => count >= 3,
  )
  await page.keyboard.press('[')
  await page.getByText('The past', { exact: true }).waitFor()
  await bothThemes(t, page)

  for (const [path, text] of [
    [`/s/${newSession().session_id}`, 'There is no session with this id'],
    ['/s/nonsense', 'No clock'],
    ['/runs', 'No runs yet'],
    ['/runs/compare', 'Choose the runs to compare'],
    ['/?status=paused', 'No session matches'],
    ['/nowhere/at/all', 'There is no page at this address'],
  ] as const) {
    if (path.startsWith('/nowhere')) {
      await page.evaluate((to) => {
        history.pushState(null, '', to)
        dispatchEvent(new PopStateEvent('popstate'))
      }, path)
    } else await page.goto(url + path)
    await page.getByText(text).first().waitFor()
    await bothThemes(t, page)
  }
})

import type { Page } from 'playwright-core'
import t from 'tap'
import { readFace, stageOf } from '../../dashboard/lib/clocks.ts'
import type { Session } from '../../sdk/index.ts'
import { createClient } from '../../sdk/index.ts'
import { newSession, type Settings, startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { axeViolations, layoutShifts } from './lib/measure.ts'
import { openPage, SIZES } from './lib/page.ts'
import { processForTest, serverForTest } from './lib/servers.ts'

const titled = (title: string, more: Settings = {}) => newSession({ metadata: { title }, ...more })

/** What a clock may have read in the last moments, by the time of this machine, which is that of the server. */
function readsRight(session: Session, text: string): boolean {
  const { hero } = stageOf(session)
  const now = Date.now()
  return Array.from({ length: 20 }, (_, i) => now - i * 100).some(
    (at) => hero && readFace(session, hero, at).text === text,
  )
}

const clockOf = (page: Page) => page.locator('.pane .face-clock').first().textContent()

t.test('through the end of the server and a new beginning it goes on, and says what it knows', async (t) => {
  const server = await processForTest(t)
  const client = createClient({ url: server.url })
  t.teardown(() => client.close())
  const body = titled('Exam', { sync_mode: 'global', totals: [3_700_000], total_time_ms: 3_700_000 })
  await client.sessions.create(body as never)
  const session = await client.sessions.start(body.session_id)
  const opened = await openPage(t, { url: `${server.url}/s/${body.session_id}`, allow: [/ERR_|WebSocket/] })
  if (!opened) return
  const { page } = opened
  await page.getByText(/Live · ±[\d.]+ ms/).waitFor()
  await until(
    () => page.title(),
    (title) => /^1:01:\d\d Participant 1 · Exam$/.test(title),
  )
  t.ok(readsRight(session, (await clockOf(page)) ?? ''))

  await server.kill()
  const news = page.getByText(/the clock goes on from what was known at \d\d:\d\d:\d\d/)
  await news.waitFor()
  await page.getByText(/reconnecting (in \d+ s|now)/).waitFor()
  const first = await clockOf(page)
  await until(
    () => clockOf(page),
    (text) => text !== first,
  )
  t.ok(readsRight(session, (await clockOf(page)) ?? ''), 'it goes on, and right')

  await server.start()
  await client.sessions.pause(body.session_id)
  await news.waitFor({ state: 'detached' })
  await page.getByText('Paused', { exact: true }).waitFor()
  const paused = await client.sessions.get(body.session_id)
  t.ok(readsRight(paused, (await clockOf(page)) ?? ''), 'what was missed is known')
  await page.getByText(/Live · ±/).waitFor()
})

/** Counts what a page asks of its device. */
function watchDevice() {
  const asked: string[] = []
  Object.assign(window, { asked })
  const lock = () =>
    Object.assign(new EventTarget(), { released: false, release: async () => asked.push('sleep') })
  const request = async () => {
    asked.push('wake')
    return lock()
  }
  Object.defineProperty(navigator, 'wakeLock', { value: { request } })
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (when) {
    asked.push(`${this.frequency.value} Hz`)
    return start.call(this, when)
  }
}

t.test('it keeps the screen on, sounds when asked to, and is found by a camera', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id, url: api } = await startSession(app, { ...titled('Lot 7'), totals: [600_000] })
  const opened = await openPage(t, { theme: 'light' })
  if (!opened) return
  const { page } = opened
  const asked = () => page.evaluate(() => (window as unknown as { asked: string[] }).asked)
  await page.addInitScript(watchDevice)
  await page.goto(`${url}/s/${id}`)
  await page.getByText('the screen stays on').waitFor()
  t.same(await asked(), ['wake'])
  t.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark', 'as on a stage')
  await page.keyboard.press('t')
  t.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light')

  const version = () => app.inject({ url: api }).then((answer) => answer.json().data.version)
  const before = await version()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.mouse.click(600, 400)
  t.equal(await version(), before, 'a touch changes nothing')

  await page.keyboard.press('q')
  const dialog = page.getByRole('dialog', { name: 'On another screen' })
  await dialog.getByRole('img', { name: 'Address of the clock of Lot 7' }).waitFor()
  await dialog.getByText(`${url}/s/${id}`).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })

  const tools = page.getByRole('navigation', { name: 'Screen' })
  await page.waitForFunction(() => document.querySelector('.viewer')?.getAttribute('data-idle') === 'true')
  await page.keyboard.press('Tab')
  await page.waitForFunction(() => document.querySelector('.viewer')?.getAttribute('data-idle') === 'false')
  t.ok(await tools.getByRole('button', { name: 'Sound (S)' }).isVisible())

  await page.keyboard.press('s')
  t.equal(await tools.getByRole('button', { name: 'Sound (S)' }).getAttribute('aria-pressed'), 'true')
  await app.inject({ method: 'POST', url: `${api}/complete` })
  await page.getByText('Completed', { exact: true }).waitFor()
  await until(asked, (all) => all.includes('sleep'))

  const short = titled('Lot 8', { totals: [2400], action_on_timeout: { type: 'end_session' } })
  await app.inject({ method: 'POST', url: '/v1/sessions', payload: short })
  await page.goto(`${url}/s/${short.session_id}`)
  await page.getByText('Touch the screen to allow sound').waitFor()
  await page.mouse.click(600, 400)
  await page.getByText('Touch the screen to allow sound').waitFor({ state: 'detached' })
  await app.inject({ method: 'POST', url: `/v1/sessions/${short.session_id}/start` })
  await page.getByText('Time is up', { exact: true }).waitFor()
  const sounds = await until(asked, (all) => all.includes('196 Hz'))
  t.equal(sounds.filter((each) => each === '196 Hz').length, 1, 'one gong, though server and clock say so')
  t.ok(sounds.filter((each) => each === '1320 Hz').length >= 1, 'it is remembered, and ticks')
})

t.test('every mode on every screen: one socket, nothing moves, and open to everybody', async (t) => {
  const { app, url } = await serverForTest(t)
  const group_id = '11111111-1111-4111-8111-111111111111'
  const modes: Settings[] = [
    {},
    { totals: Array(40).fill(600_000) },
    { sync_mode: 'per_group', totals: Array(3).fill(600_000), groups: [group_id, undefined, group_id] },
    { sync_mode: 'per_cycle', totals: Array(4).fill(5000) },
    { sync_mode: 'global', totals: [4000, 4000] },
    { sync_mode: 'count_up', totals: Array(5).fill(60_000) },
  ]
  const opened = await openPage(t, { allow: [/503/] })
  if (!opened) return
  const { page } = opened
  let sockets = 0
  page.on('websocket', () => sockets++)
  const still = async () => {
    await page.evaluate(() => new Promise(requestAnimationFrame))
    await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running'))
  }
  for (const mode of modes) {
    const { id } = await startSession(app, mode)
    for (const path of [`/sessions/${id}`, `/s/${id}`]) {
      sockets = 0
      await page.setViewportSize(SIZES.phone)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(url + path)
      await page.locator('.face-clock').first().waitFor()
      await page
        .getByText(/±[\d.]+ ms/)
        .first()
        .waitFor({ state: 'attached' })
      const name = `${mode.sync_mode ?? 'per_participant'} ${path.slice(0, 3)}`
      const bytes = await page.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
          .map((each) => each as PerformanceResourceTiming)
          .filter((each) => !each.name.includes('/v1/'))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      )
      t.ok(bytes < 150_000, `${name}: ${bytes} bytes`)
      t.same(await layoutShifts(page), [], `${name}: nothing moves`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      t.ok(wide <= 0, `${name}: nothing is wider than the screen`)
      t.same(await axeViolations(page), [], `${name}, phone`)
      await page.setViewportSize(SIZES.desktop)
      await page.emulateMedia({ colorScheme: 'dark' })
      if (path.startsWith('/s/')) await page.keyboard.press('t')
      await still()
      t.same(await axeViolations(page), [], `${name}, desktop`)
      t.equal(sockets, 1)
    }
  }
})

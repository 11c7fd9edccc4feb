import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { call } from '../helpers/app.ts'
import { gateTo } from '../helpers/gate.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './lib/page.ts'
import { processForTest, serverForTest } from './lib/servers.ts'
import { bothThemes } from './lib/themes.ts'

const TOKEN = 'a-token-of-16-or-more'
const print = (page: Page) => page.locator('.viewer-print').textContent()
const doubt = async (page: Page) => Number(/±([\d.]+) ms/.exec((await print(page)) ?? '')?.[1])

t.test('a viewer without a network says so, doubts its clock more and more, and catches up', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id, url: api } = await startSession(app, { totals: [3_600_000, 3_600_000] })
  const opened = await openPage(t, { url: `${url}/s/${id}` })
  if (!opened) return
  const { page } = opened
  await page.getByText(/Live · ±/).waitFor()
  await opened.offline()
  await page.getByText(/the clock goes on from what was known at/).waitFor()
  t.match((await print(page)) ?? '', /^Not connected · ±/)
  const first = await doubt(page)
  await until(
    () => doubt(page),
    (later) => later > first,
  )
  t.same(await page.locator('.viewer').getAttribute('data-status'), 'running')
  await bothThemes(t, page)

  await call(app, 'POST', `${api}/pause`)
  await opened.online()
  await page.getByText('Paused', { exact: true }).waitFor()
  await page.getByText(/Live · ±/).waitFor()
  t.equal(await page.getByText(/the clock goes on/).count(), 0)
})

t.test('a viewer finds out by itself that nobody is there any more, and catches up', async (t) => {
  const { app, url } = await serverForTest(t)
  const { id, url: api } = await startSession(app)
  const gate = await gateTo(t, url)
  const opened = await openPage(t, { url: new URL(`/s/${id}`, gate.url).href, allow: [/WebSocket|ERR_/] })
  if (!opened) return
  const { page } = opened
  await page.getByText(/Live · ±/).waitFor()
  // It may be back within a moment, so what it said is kept.
  await page.evaluate(() => {
    const said: string[] = []
    Object.assign(window, { said })
    const place = document.querySelector('.viewer-news') as Element
    new MutationObserver(() => said.push(place.textContent ?? '')).observe(place, {
      childList: true,
      characterData: true,
      subtree: true,
    })
  })
  gate.freeze()
  // What was frozen stays so, and whoever comes anew gets through.
  await call(app, 'POST', `${api}/pause`)
  await page.getByText('Paused', { exact: true }).waitFor()
  await page.getByText(/Live · ±/).waitFor()
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said)
  t.match(said.join(' '), /Offline – .*the clock goes on from what was known at \d\d:\d\d:\d\d/)
})

t.test('whose token is not taken any more is told, and goes on with another one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'tokens')
  writeFileSync(file, TOKEN)
  const { app, url } = await serverForTest(t, { AUTH_TOKENS_FILE: file, AUTH_READS: 1 })
  const headers = { authorization: `Bearer ${TOKEN}` }
  const { id } = await startSession(app, {}, headers)
  const screens = [
    [`/s/${id}`, '.face-clock'],
    [`/sessions/${id}`, '.face-clock'],
    ['/runs', 'h2'],
  ] as const
  for (const [path, ready] of screens) {
    writeFileSync(file, TOKEN)
    const opened = await openPage(t, { allow: [/status of (401|503)|WebSocket/] })
    if (!opened) return
    const { page } = opened
    await page.addInitScript((token) => localStorage.setItem('synckairos.token', token), TOKEN)
    await until(
      () => call(app, 'GET', `/v1/sessions/${id}`, undefined, headers),
      ({ status }) => status === 200,
    )
    await page.goto(url + path)
    await page.locator(ready).first().waitFor()
    await page.getByText(/^Live/).first().waitFor()
    const other = 'another-token-of-16'
    writeFileSync(file, other)
    await page.getByText('the server asks for a valid token').waitFor()
    t.equal(await page.getByText(/reconnecting/).count(), 0, 'nothing is tried in vain')
    await page.getByText('No access').first().waitFor()
    await bothThemes(t, page)
    // The page may have asked by itself, as it asks for other things with that token.
    const dialog = page.getByRole('dialog', { name: 'Access token' })
    if (!(await dialog.isVisible())) {
      if (path === '/runs') await page.locator('.pill').click()
      await page.getByRole('button', { name: 'Enter token' }).first().click()
    }
    await dialog.waitFor()
    await bothThemes(t, page)
    await dialog.getByLabel('Token', { exact: true }).fill(other)
    await page.keyboard.press('Enter')
    await page.getByText('the server asks for a valid token').waitFor({ state: 'detached' })
    await page.getByText(/^Live/).first().waitFor()
  }
})

t.test('pages without a socket notice that the server is away, and that it is back', async (t) => {
  const server = await processForTest(t)
  for (const path of ['/system', '/sessions/new']) {
    const opened = await openPage(t, { url: server.url + path, allow: [/ERR_/] })
    if (!opened) return
    const { page } = opened
    const pill = page.locator('.pill')
    let sockets = 0
    page.on('websocket', () => sockets++)
    await pill.getByText('Online').waitFor()
    await server.kill()
    await pill.getByText('Offline').waitFor()
    await server.start()
    await pill.getByText(/Online|Live/).waitFor()
    t.equal(sockets, 0, path)
  }
})

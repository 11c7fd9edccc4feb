import t from 'tap'
import { call } from '../helpers/app.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import { axeViolations, countTransfers, firstPaint, layoutShift, watchFrames } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { pairForTest, serverForTest } from './lib/servers.ts'

const titled = (title: string, more = {}) => ({ metadata: { title }, ...more })

t.test('sessions appear, change and go while one looks on, on every instance', async (t) => {
  const pair = await pairForTest(t)
  if (!pair) return
  const [here, there] = pair
  const chess = await startSession(there.app, titled('Chess final', { totals: [300_000, 200_000] }))
  const opened = await openPage(t, { url: `${here.url}/` })
  if (!opened) return
  const { page } = opened
  const row = page.getByRole('row', { name: /Chess final/ })
  await row.getByText(/^5:00$|^4:5\d$/).waitFor()
  await row.getByText('Participant 1').waitFor()

  await call(there.app, 'POST', `${chess.url}/switch`)
  await row.getByText('Participant 2').waitFor()
  await row.getByText(/^3:20$|^3:1\d$/).waitFor()
  await call(there.app, 'POST', `${chess.url}/pause`)
  await row.locator('td').nth(3).getByText('Paused').waitFor()

  await call(there.app, 'POST', '/v1/sessions', newSession(titled('Exam')))
  await page.getByRole('row', { name: /Exam/ }).waitFor()
  await call(there.app, 'DELETE', chess.url)
  await row.waitFor({ state: 'detached' })
  t.pass('the list followed')
})

t.test('one finds a session by words and by status, and the address keeps both', async (t) => {
  const { app, url } = await serverForTest(t)
  await startSession(app, titled('Chess final'))
  await startSession(app, titled('Lot 7'))
  await call(app, 'POST', '/v1/sessions', newSession(titled('Exam')))
  const opened = await openPage(t, { url: `${url}/` })
  if (!opened) return
  const { page } = opened
  const rows = page.locator('tbody tr')
  await rows.nth(2).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('lot')
  await rows.nth(1).waitFor({ state: 'detached' })
  t.match(await rows.allInnerTexts(), [/Lot 7/])
  t.match(page.url(), /\?q=lot$/)

  await page.goto(`${url}/?status=pending`)
  await rows.first().waitFor()
  t.match(await rows.allInnerTexts(), [/Exam/])
  await page.getByRole('radio', { name: 'Over' }).check({ force: true })
  await page.getByRole('button', { name: 'Show all' }).click()
  await rows.nth(2).waitFor()

  // The server of this test keeps no history.
  opened.allow(/status of 503/)
  await rows.filter({ hasText: 'Lot 7' }).getByRole('link').click()
  await page.waitForURL(/\/sessions\/[0-9a-f-]{36}$/)
})

t.test('a session is made from a preset with the keyboard alone, and shared', async (t) => {
  const { app, url } = await serverForTest(t)
  const opened = await openPage(t, { url: `${url}/` })
  if (!opened) return
  const { page } = opened
  await page.getByText('No sessions yet').waitFor()
  await page.keyboard.press('n')
  await page.waitForURL(`${url}/sessions/new`)
  await page.getByRole('button', { name: /30 s auction/ }).press('Enter')
  await page.getByLabel('Time per turn').fill('nonsense')
  await page.getByRole('button', { name: 'Create session' }).press('Enter')
  await page.getByText('Write it like 5:00').waitFor()
  await page.getByLabel('Time per turn').fill('0:45')
  await page.getByLabel('Title').fill('Lot 1 <b>bold</b>')
  await page.getByRole('button', { name: 'Add participant' }).press('Enter')
  await page.getByLabel('Name of participant 4').fill('Dora')
  await page.getByLabel('Start at once').check()
  await page.getByRole('button', { name: 'Create session' }).press('Enter')
  await page.getByRole('heading', { name: 'Lot 1 <b>bold</b> is ready' }).waitFor()

  const { body } = await call(app, 'GET', '/v1/sessions')
  const [session] = (body as { data: { sessions: Record<string, unknown>[] } }).data.sessions
  t.match(session, {
    status: 'running',
    sync_mode: 'per_cycle',
    time_per_cycle_ms: 45_000,
    action_on_timeout: { type: 'end_session' },
    metadata: { title: 'Lot 1 <b>bold</b>', kind: 'auction' },
  })
  t.match(session, { participants: { length: 4 } })
  await page.getByText(`${url}/s/${session?.session_id}`).waitFor()
  await page.getByRole('img', { name: /Clock of Lot 1/ }).waitFor()
})

t.test('every preset makes what it says', async (t) => {
  const { app, url } = await serverForTest(t)
  const opened = await openPage(t)
  if (!opened) return
  const { page } = opened
  for (const preset of ['chess', 'talk', 'auction', 'exam', 'stopwatch']) {
    await page.goto(`${url}/sessions/new?preset=${preset}`)
    await page.getByRole('button', { name: 'Create session' }).click()
    await page.getByRole('heading', { name: /is ready/ }).waitFor()
  }
  const { body } = await call(app, 'GET', '/v1/sessions')
  const { sessions } = (body as { data: { sessions: Record<string, unknown>[] } }).data
  t.match(sessions.toReversed(), [
    { sync_mode: 'per_participant', increment_ms: 3000 },
    { sync_mode: 'global', total_time_ms: 600_000 },
    { sync_mode: 'per_cycle', time_per_cycle_ms: 30_000 },
    { sync_mode: 'global', total_time_ms: 3_600_000 },
    { sync_mode: 'count_up', max_time_ms: null },
  ])
})

t.test('200 live sessions: one socket, light, steady, and open to everybody', async (t) => {
  const { app, url } = await serverForTest(t)
  const sessions = await Promise.all(
    Array.from({ length: 200 }, (_, i) => startSession(app, titled(`Session ${i}`))),
  )
  for (const theme of ['light', 'dark'] as const) {
    const opened = await openPage(t, { theme, size: theme === 'dark' ? 'phone' : 'desktop' })
    if (!opened) return
    const { page } = opened
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    const transfers = await countTransfers(page)
    await page.goto(`${url}/`)
    t.comment(`first paint after ${Math.round(await firstPaint(page))} ms`)
    await page.locator('tbody tr').nth(199).waitFor()
    await page.getByText('200 running of 200 sessions').waitFor()
    const loaded = transfers.all().filter((each) => !each.url.includes('/v1/'))
    const bytes = loaded.reduce((sum, each) => sum + each.bytes, 0)
    t.ok(bytes < 150_000, `${bytes} bytes`)

    const frames = watchFrames(page)
    for (const { url } of sessions.slice(0, 60)) await call(app, 'POST', `${url}/switch`)
    const { longest_ms, dropped } = await frames
    t.comment(`${dropped} of 120 frames dropped, the longest took ${Math.round(longest_ms)} ms`)
    t.ok(longest_ms < 500, 'it never stands still')
    t.ok((await layoutShift(page)) < 0.05, 'nothing moves')
    t.equal(sockets.length, 1)
    t.same(await axeViolations(page), [])
    await page.goto(`${url}/sessions/new`)
    await page.getByRole('button', { name: 'Create session' }).waitFor()
    t.same(await axeViolations(page), [])
  }
})

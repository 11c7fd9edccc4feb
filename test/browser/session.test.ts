import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { readFace, stageOf } from '../../dashboard/lib/clocks.ts'
import type { Session, SessionEvent } from '../../sdk/index.ts'
import { call } from '../helpers/app.ts'
import { postgresForTest } from '../helpers/backends.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import { newSession, type Settings, startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { readOffset, watchClocks } from './lib/clocks.ts'
import { axeViolations } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { type Listening, pairForTest, serverForTest } from './lib/servers.ts'
import { FRAME_MS } from './lib/work.ts'

/** A session whose participants have names. */
function named(names: string[], settings: Settings = {}) {
  const session = newSession({ totals: names.map(() => 600_000), ...settings })
  const participants = Object.fromEntries(
    session.participants.map(({ participant_id }, i) => [participant_id, { name: names[i] }]),
  )
  return { ...session, metadata: { title: names.join(' – '), participants } }
}

/** Settings of a server that keeps a history; null without PostgreSQL. */
async function databaseForTest(t: Test) {
  const postgres = await postgresForTest(t)
  return (
    postgres && { PERSISTENCE: 'on' as const, DATABASE_URL: postgres.url, DATABASE_SCHEMA: postgres.schema }
  )
}

const read = async ({ app }: Listening, id: string): Promise<Session> =>
  (await call(app, 'GET', `/v1/sessions/${id}`)).body.data

const card = (page: Page, name: string) => page.locator('.face', { has: page.getByRole('heading', { name }) })

t.test('two play on two instances by their keys, and both see the same to the frame', async (t) => {
  const database = await databaseForTest(t)
  const pair = database && (await pairForTest(t, database))
  if (!pair) return
  const [here, there] = pair
  // Below 20 s tenths are shown: what is compared changes ten times in a second.
  const body = named(['Ada', 'Bo'], { totals: [19_000, 18_000], increment_ms: 1000 })
  await call(here.app, 'POST', '/v1/sessions', body)
  const path = `/sessions/${body.session_id}`
  const ada = await openPage(t, { url: here.url + path })
  const bo = await openPage(t, { url: there.url + path })
  if (!ada || !bo) return
  for (const { page } of [ada, bo]) await page.getByRole('button', { name: 'Start' }).waitFor()

  // Of one real instant both pages make the same of the server's time, to less than a frame.
  const [hers, his] = await Promise.all([readOffset(ada.page), readOffset(bo.page)])
  const apart = Math.max(Math.abs(hers.most - his.least), Math.abs(his.most - hers.least))
  t.comment(`the pages' ideas of the time are ${apart.toFixed(2)} ms apart at most`)
  t.ok(apart < FRAME_MS, `${apart} ms apart`)

  await ada.page.keyboard.press('Space')
  await card(bo.page, 'Ada').getByText('On the clock').waitFor()
  await bo.page.keyboard.press('2')
  await card(ada.page, 'Bo').getByText('On the clock').waitFor()
  await ada.page.getByRole('button', { name: 'Give the turn to Ada' }).click()
  await card(bo.page, 'Ada').getByText('On the clock').waitFor()
  await bo.page.keyboard.press('Enter')
  await card(ada.page, 'Bo').getByText('On the clock').waitFor()

  // Of one instant of the server's time both show the same, to the millisecond: what the rules say of it.
  const session = await read(there, body.session_id)
  const { faces } = stageOf(session)
  const [left, right] = await Promise.all([watchClocks(ada.page), watchClocks(bo.page)])
  t.ok(new Set(left.map(({ texts }) => texts[1])).size > 3, 'it ran meanwhile')
  for (const frames of [left, right]) {
    const wrong = frames.filter(
      ({ at, texts }) => !faces.every((face, i) => readFace(session, face, at).text === texts[i]),
    )
    t.same(wrong, [], `${frames.length} frames`)
    // And that instant is the frame's own: later than all of the frame before, and no later than its end.
    t.same(
      frames.filter(({ at, end }, i) => at > end || at < (frames[i - 1]?.end ?? at)),
      [],
    )
  }

  await ada.page.keyboard.press('p')
  await bo.page.getByText('Paused', { exact: true }).first().waitFor()
  await bo.page.keyboard.press('p')
  await ada.page.getByRole('button', { name: 'Switch to Ada' }).waitFor()

  const watchers = ada.page.locator('.watchers')
  await watchers.getByText('2 clients, this page included').waitFor()
  await watchers.getByText('WebSocket on instance').nth(1).waitFor()
  const instances = await watchers.locator('code').allInnerTexts()
  t.equal(new Set(instances).size, 2)

  await bo.page.keyboard.press('c')
  await bo.page.getByRole('dialog').getByRole('button', { name: 'Complete' }).press('Enter')
  await ada.page.getByText('Completed', { exact: true }).first().waitFor()
  for (const { page } of [ada, bo]) {
    const events = page.locator('.event-what')
    await until(
      () => events.allInnerTexts(),
      (texts) => texts.length === 8,
    )
    t.same(await events.allInnerTexts(), [
      'Completed',
      'Resumed',
      'Paused',
      ...['Ada → Bo', 'Bo → Ada', 'Ada → Bo'],
      'Started: Ada begins',
      'Created',
    ])
  }
})

t.test('who comes second is told so, and nothing of theirs happens', async (t) => {
  const server = await serverForTest(t)
  const body = named(['Ada', 'Bo', 'Cy'])
  await call(server.app, 'POST', '/v1/sessions', body)
  const url = `/v1/sessions/${body.session_id}`
  await call(server.app, 'POST', `${url}/start`)
  const opened = await openPage(t, { url: `${server.url}/sessions/${body.session_id}`, allow: [/409|503/] })
  if (!opened) return
  const { page } = opened
  await card(page, 'Ada').getByText('On the clock').waitFor()
  await page.route('**/switch', async (route) => {
    await card(page, 'Bo').getByText('On the clock').waitFor()
    const [, , cy] = body.participants
    await call(server.app, 'POST', `${url}/switch`, { next_participant_id: cy?.participant_id })
    await route.continue()
  })
  await page.keyboard.press('Space')
  await page.getByText('Somebody else was first, so nothing was changed. It is the turn of Cy.').waitFor()
  await card(page, 'Cy').getByText('On the clock').waitFor()
  t.equal((await read(server, body.session_id)).version, 3)
})

t.test('without a token one is asked for', async (t) => {
  const server = await serverForTest(t, { AUTH_TOKENS: 'a-token-of-16-or-more' })
  const headers = { authorization: 'Bearer a-token-of-16-or-more' }
  const { id } = await startSession(server.app, {}, headers)
  const opened = await openPage(t, { url: `${server.url}/sessions/${id}`, allow: [/401|503/] })
  if (!opened) return
  const { page } = opened
  await page.getByRole('button', { name: /^Switch to/ }).press('Enter')
  await page.getByRole('dialog', { name: 'Access token' }).waitFor()
  await page.getByLabel('Token', { exact: true }).fill('a-token-of-16-or-more')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Switch to Participant 2' }).press('Enter')
  await page.getByRole('button', { name: 'Switch to Participant 1' }).waitFor()
})

/** A game of ten minutes that took no time: 60 s for Ada, 90 s for Bo, a break of 5 min, 30 s for Bo. */
async function playedGame(t: Test) {
  const database = await databaseForTest(t)
  if (!database) return null
  const clock = createFakeClock()
  const server = await serverForTest(t, database, { clock })
  const body = named(['Ada', 'Bo'])
  await call(server.app, 'POST', '/v1/sessions', body)
  const url = `/v1/sessions/${body.session_id}`
  const steps: [string, number][] = [
    ['start', 60_000],
    ['switch', 90_000],
    ['pause', 300_000],
    ['resume', 30_000],
    ['complete', 0],
  ]
  for (const [step, ms] of steps) {
    await call(server.app, 'POST', `${url}/${step}`)
    clock.advance(ms)
  }
  const events = await until(
    async () => (await call(server.app, 'GET', `${url}/history`)).body.data?.events as SessionEvent[],
    (events) => events?.length === 6,
  )
  return { ...server, id: body.session_id, api: url, events, clock }
}

t.test('the past is shown as it was, by slider, by event and in fast motion', async (t) => {
  const game = await playedGame(t)
  if (!game) return
  const { url, id, events } = game
  const opened = await openPage(t, { url: `${url}/sessions/${id}` })
  if (!opened) return
  const { page } = opened
  const past = page.getByText('The past', { exact: true })
  const clocks = () => page.locator('.face-clock').allTextContents()
  const expected = (place: number, ms = 0) => {
    const { state, at } = events[place] as SessionEvent & { state: Session }
    return stageOf(state).faces.map((face) => readFace(state, face, Date.parse(at) + ms).text)
  }
  await page.getByText('took 1 m 00 s · 9:00 left').waitFor()
  t.same(await clocks(), ['9:00', '8:00'])
  t.equal(await past.isVisible(), false)

  await page.getByRole('button', { name: 'Ada → Bo' }).click()
  await past.waitFor()
  t.same(await clocks(), expected(2))
  await page.keyboard.press(']')
  await page.locator('.past-strip').getByText('Paused').waitFor()
  t.same(await clocks(), expected(3))
  t.same(await clocks(), ['9:00', '8:30'])

  const slider = page.getByRole('slider', { name: 'Moment that is shown' })
  await slider.focus()
  await slider.press('Home')
  await page.locator('.past-strip').getByText('Started: Ada begins').waitFor()
  t.same(await clocks(), ['10:00', '10:00'])
  t.match(await slider.getAttribute('aria-valuetext'), /turn of Ada$/)
  await slider.press('PageUp')
  await until(clocks, ([first]) => first === expected(1, 48_000)[0])
  t.same(await clocks(), expected(1, 48_000), 'a tenth of eight minutes')

  // Eight minutes take half a minute then; the last break is left out.
  await page.getByRole('radio', { name: '16×' }).check({ force: true })
  await page.keyboard.press(']')
  await page.keyboard.press(' ')
  await until(clocks, ([, second]) => second !== expected(2)[1])
  await page.keyboard.press('p')
  t.not((await clocks())[1], expected(3)[1], 'on its way from one event to the next')
  await page.getByRole('button', { name: 'Back to live' }).click()
  await past.waitFor({ state: 'hidden' })
  t.same(await clocks(), ['9:00', '8:00'])

  await page.getByRole('radio', { name: 'Time-outs' }).check({ force: true })
  await page.getByText('No event is like that').waitFor()
  await page.getByRole('radio', { name: 'Turns' }).check({ force: true })
  t.same(await page.locator('.event-what').allInnerTexts(), ['Ada → Bo', 'Started: Ada begins'])
  await page.getByRole('combobox', { name: 'Participant' }).selectOption('Bo')
  t.same(await page.locator('.event-what').allInnerTexts(), ['Ada → Bo'])
  await page.locator('.usage').getByText('2 m 00 s a turn · longest 2 m 00 s').waitFor()

  const saved = async (format: string) => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: `History as ${format}` }).click()
    t.equal((await download).suggestedFilename(), `session-${id}.${format.toLowerCase()}`)
    return readFileSync(await (await download).path(), 'utf8')
  }
  t.equal((await saved('CSV')).trim().split('\n').length, 7)
  t.strictSame(JSON.parse(await saved('JSON')), { session_id: id, events })
})

t.test('what is deleted is gone for everybody at once, and its history stays', async (t) => {
  const game = await playedGame(t)
  if (!game) return
  const path = `${game.url}/sessions/${game.id}`
  const [mine, theirs] = [await openPage(t, { url: path }), await openPage(t, { url: path })]
  if (!mine || !theirs) return
  const { page } = mine
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Delete session' }).click()
  await page.getByRole('button', { name: 'Cancel' }).press('Enter')
  t.equal(await page.getByText('This session is gone').count(), 0)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Delete session' }).click()
  await page.getByRole('button', { name: 'Delete session' }).press('Enter')
  for (const { page } of [mine, theirs]) {
    await page.getByText('This session is gone').waitFor()
    await page.getByRole('button', { name: 'Deleted' }).waitFor()
    t.equal(await page.getByRole('button', { name: /^Switch|^Back to live/ }).count(), 0)
  }
  await page.reload()
  await page.getByText('This session is gone').waitFor()
  await page.getByRole('button', { name: 'Ada → Bo' }).click()
  t.same(await page.locator('.face-clock').allTextContents(), ['9:00', '10:00'])
  t.same(await axeViolations(page), [])
})

t.test('what is not there says so, and appears once it is created', async (t) => {
  const server = await serverForTest(t)
  const body = named(['Ada', 'Bo'])
  const opened = await openPage(t, { allow: [/404|503/] })
  if (!opened) return
  const { page } = opened
  await page.goto(`${server.url}/sessions/nonsense`)
  await page.getByText('This address is not complete').waitFor()
  await page.goto(`${server.url}/sessions/${body.session_id}`)
  await page.getByText('There is no session with this id').waitFor()
  await call(server.app, 'POST', '/v1/sessions', body)
  await page.getByRole('heading', { name: 'Ada – Bo' }).waitFor()
  await page.getByText('This server keeps no history').waitFor()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Started: Ada begins' }).waitFor()
  await page.waitForFunction(() => /^9:\d\d Ada · Ada – Bo$/.test(document.title))
})

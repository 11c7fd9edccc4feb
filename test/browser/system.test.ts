import t from 'tap'
import { call } from '../helpers/app.ts'
import { redisForTest } from '../helpers/backends.ts'
import { gateTo } from '../helpers/gate.ts'
import { startSession } from '../helpers/sessions.ts'
import { holdBack } from './lib/hold.ts'
import { axeViolations, layoutShifts } from './lib/measure.ts'
import { openPage } from './lib/page.ts'
import { pairForTest, serverForTest } from './lib/servers.ts'

t.test('the instances and their load are there, and one that stops goes', async (t) => {
  const pair = await pairForTest(t)
  if (!pair) return
  const [here, there] = pair
  const { url } = await startSession(here.app)
  for (let i = 0; i < 5; i++) await call(here.app, 'POST', `${url}/switch`)
  for (const theme of ['light', 'dark'] as const) {
    const opened = await openPage(t, { url: `${here.url}/system`, theme })
    if (!opened) return
    const { page } = opened
    await page.getByText('2 instances · Redis').waitFor()
    await page.getByText('Ready', { exact: true }).waitFor()
    await page.getByRole('img', { name: /^Traffic/ }).waitFor()
    t.equal(await page.locator('tbody tr').count(), 2)
    t.equal(await page.locator('canvas').count(), 8)
    t.same(await layoutShifts(page), [], 'nothing moves')
    t.same(await axeViolations(page), [])
  }
  const opened = await openPage(t, { size: 'phone' })
  if (!opened) return
  const { page } = opened
  const instances = await holdBack(page, /\/v1\/instances/)
  await page.goto(`${here.url}/system`)
  await page.getByText('Ready', { exact: true }).waitFor()
  await instances()
  await page.getByText('2 instances').waitFor()
  t.same(await layoutShifts(page), [], 'whichever answer comes first')
  await there.app.close()
  await page.getByText('1 instance ·').waitFor()
})

t.test('a store that is away is told, and what to make of it', async (t) => {
  const redis = await redisForTest(t)
  if (!redis) return
  const gate = await gateTo(t, redis.url)
  const { url } = await serverForTest(t, { REDIS_URL: gate.url, REDIS_PREFIX: redis.prefix })
  const opened = await openPage(t, { url: `${url}/system`, allow: [/status of 503/] })
  if (!opened) return
  const { page } = opened
  await page.getByText('Ready', { exact: true }).waitFor()
  gate.shut()
  await page.getByText('Not ready').waitFor()
  await page.getByText('Redis cannot be reached').waitFor()
  t.same(await axeViolations(page), [])
})

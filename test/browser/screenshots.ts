import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { ROUTES } from '../../dashboard/routes.ts'
import { createClient } from '../../sdk/index.ts'
import { until } from '../helpers/until.ts'
import { findChromium, launchChromium, SIZES } from './lib/chromium.ts'

/**
 * `npm run screenshots [-- NAME...]`: pictures of the pages (or of those named) in docs/screenshots/, of a demo that is the
 * same every time but for its clocks.
 */
const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/screenshots')
const LARGEST_SUM_BYTES = 3_000_000
const QUALITY = 90
const IDLE_WITHIN_MS = 5000
const LARGEST_DOUBT_MS = 2
const DOUBT_WITHIN_MS = 20_000
const DATABASE_WITHIN_MS = 120_000

type Facts = { session: string; run: string; runs: string[] }

type Shot = {
  name: string
  /** That of the route. */
  path: string
  address?: (facts: Facts) => string
  /** How long the page gathers what it shows. */
  open_s?: number
}

/** A page whose path is its address needs no row. */
const SHOTS: Shot[] = [
  { name: 'sessions', path: '/' },
  { name: 'new-session', path: '/sessions/new' },
  { name: 'session', path: '/sessions/:id', address: ({ session }) => `/sessions/${session}` },
  { name: 'viewer', path: '/s/:id', address: ({ session }) => `/s/${session}` },
  { name: 'runs', path: '/runs' },
  { name: 'compare', path: '/runs/compare', address: ({ runs }) => `/runs/compare?ids=${runs}` },
  { name: 'run', path: '/runs/:id', address: ({ run }) => `/runs/${run}` },
  { name: 'system', path: '/system', open_s: 75 },
]

/** Not for visitors. */
const UNSEEN = ['/components']

const LOOKS: Record<string, BrowserContextOptions> = {
  desktop: { viewport: SIZES.desktop, colorScheme: 'light' },
  dark: { viewport: SIZES.desktop, colorScheme: 'dark' },
  phone: {
    viewport: SIZES.phone,
    colorScheme: 'light',
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
}

const wanted = process.argv.slice(2)
const path = findChromium()
if (path === null) throw new Error('There is no Chromium: set CHROMIUM_PATH or install chromium')
const demo = spawn(process.execPath, [join(ROOT, 'demo/main.ts'), '--port', '0', '--seed', 'kairos'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const browser = await launchChromium(path)
try {
  const url = await addressOf(demo)
  const facts = await factsOf(url)
  mkdirSync(FOLDER, { recursive: true })
  if (wanted.length === 0) removeAll()
  const all = shots().flatMap((shot) => Object.keys(LOOKS).map((look) => ({ shot, look })))
  const [slow, quick] = [all.filter(({ shot }) => shot.open_s), all.filter(({ shot }) => !shot.open_s)]
  const opened = await Promise.all(slow.map(({ shot, look }) => open(browser, url, shot, look, facts)))
  for (const { shot, look } of quick) await (await open(browser, url, shot, look, facts)).take()
  for (const { take } of opened) await take()
  checkSum()
} finally {
  await browser.close()
  demo.kill('SIGINT')
}

/** What is asked for, a row or not. */
function shots(): Shot[] {
  const routes = ROUTES.map(({ path }) => path).filter((path) => !UNSEEN.includes(path))
  const all = routes.map((path) => SHOTS.find((shot) => shot.path === path) ?? { name: nameOf(path), path })
  const lost = all.filter(({ path, address }) => path.includes(':') && !address)
  if (lost.length > 0) throw new Error(`Add to the table what to show: ${lost.map(({ path }) => path)}`)
  return wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name))
}

function nameOf(path: string): string {
  return path.split('/').filter(Boolean).join('-')
}

/** Resolves once the demo has told where it is, which it does when there is something to see. */
async function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the demo ended with ${code}`)
  })
  ended.catch(() => {})
  const told = until(
    () => output,
    (text) => text.includes('Ctrl-C'),
    120_000,
  )
  await Promise.race([told, ended])
  return /http:\/\/[^/\s]+/.exec(output)?.[0] ?? ''
}

/** What the pages are to show: the game that is played, and a run among its like. */
async function factsOf(url: string): Promise<Facts> {
  const client = createClient({ url })
  // Timelines come from the database, which the past of the demo reaches a little later.
  await until(
    async () => (await client.instances()).instances[0]?.figures.outbox_pending ?? 0,
    (pending) => pending < 20,
    DATABASE_WITHIN_MS,
  )
  const { sessions } = await client.sessions.list({ limit: 100 })
  const { tests } = await client.runs.list()
  client.close()
  const chess = sessions.find(({ metadata }) => metadata?.kind === 'chess')?.session_id
  const geth = tests.filter(({ el_client }) => el_client === 'geth').map(({ run_id }) => run_id)
  if (!chess || !geth[0]) throw new Error('the demo shows no chess or no run of geth')
  return { session: chess, run: geth[0], runs: geth.slice(0, 3) }
}

/** Opens a page, and takes its picture when it is asked to. */
async function open(browser: Browser, url: string, shot: Shot, look: string, facts: Facts) {
  const context = await browser.newContext({
    ...LOOKS[look],
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  // Screens for an audience are dark unless somebody chose otherwise.
  if (LOOKS[look]?.colorScheme === 'light') await page.addInitScript(chooseLight)
  // Letters that come late are done without until the next page: here they are there already.
  await page.goto(`${url}/components`)
  await page.evaluate(() => document.fonts.ready)
  const address = url + (shot.address?.(facts) ?? shot.path)
  const response = await page.goto(address)
  if (!response?.ok()) throw new Error(`${address} answers ${response?.status()}`)
  const gathered = pause((shot.open_s ?? 0) * 1000)
  return {
    async take() {
      await gathered
      await drawn(page)
      const failures = await page.locator('#main [role=alert]').allTextContents()
      if (failures.length > 0) throw new Error(`${address} shows a failure: ${failures}`)
      const data = await page.screenshot()
      const file = `${shot.name}-${look}.webp`
      writeFileSync(join(FOLDER, file), await toWebp(browser, data))
      await context.close()
      say(file)
    },
  }
}

function chooseLight(): void {
  localStorage.setItem('synckairos.stage-theme', 'light')
}

/** Once everything has arrived that the page shows, in its own letters. */
async function drawn(page: Page): Promise<void> {
  await page.locator('#main > *').first().waitFor({ state: 'attached' })
  await page.waitForFunction(
    () => document.fonts.status === 'loaded' && !document.querySelector('.skeleton, [aria-busy=true]'),
  )
  await page
    .getByText(/±[\d.]+ m?s/)
    .first()
    .waitFor({ state: 'attached' })
  // The machine that takes pictures is busy with them: what clocks are known to is shown once that has settled.
  await page
    .waitForFunction(
      (most) => {
        const [, doubt] = /±([\d.]+) ms/.exec(document.body.textContent ?? '') ?? []
        return doubt === undefined || Number(doubt) <= most
      },
      LARGEST_DOUBT_MS,
      { timeout: DOUBT_WITHIN_MS },
    )
    .catch(() => {})
  // A page that asks again and again is never idle.
  await page.waitForLoadState('networkidle', { timeout: IDLE_WITHIN_MS }).catch(() => {})
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
}

/** The browser knows how: a picture of its own is no WebP unless it gives up its scale. */
async function toWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const address = await page.evaluate(
    async ([source, quality]) => {
      const image = new Image()
      image.src = `data:image/png;base64,${source}`
      await image.decode()
      const canvas = Object.assign(document.createElement('canvas'), {
        width: image.naturalWidth,
        height: image.naturalHeight,
      })
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', quality)
    },
    [png.toString('base64'), QUALITY / 100] as const,
  )
  await page.close()
  return Buffer.from(address.split(',')[1] ?? '', 'base64')
}

function removeAll(): void {
  for (const file of readdirSync(FOLDER)) if (file.endsWith('.webp')) rmSync(join(FOLDER, file))
}

function checkSum(): void {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.webp'))
  const sum = files.reduce((bytes, file) => bytes + statSync(join(FOLDER, file)).size, 0)
  say(`${files.length} pictures, ${Math.round(sum / 1000)} kB`)
  if (sum > LARGEST_SUM_BYTES) throw new Error(`more than ${LARGEST_SUM_BYTES} bytes: too much for a clone`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

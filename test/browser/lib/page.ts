import type { ConsoleMessage, Page, Request } from 'playwright-core'
import type { Test } from 'tap'
import { browserForTest } from './browser.ts'
import { SIZES } from './chromium.ts'
import { collectCoverage } from './coverage.ts'

export { SIZES } from './chromium.ts'

export type PageOptions = {
  /** Opened at once; absent: a blank page. */
  url?: string
  theme?: 'light' | 'dark'
  size?: keyof typeof SIZES | { width: number; height: number }
  /** UTC unless told otherwise. */
  timezone?: string
  /** Whether things may move; by default the page is asked to keep still. */
  motion?: boolean
  /** Whether it is counted which lines run, when the tests are run so: it costs the page time. Yes unless told otherwise. */
  coverage?: boolean
  /** Problems that this page is to have. */
  allow?: RegExp[]
  /** What becomes of a problem; by default the test fails at once. */
  report?: (problem: string) => void
}

export type OpenPage = {
  page: Page
  /** What was reported, as `kind: text (where)`; the kinds are console, csp, exception, request and crash. */
  readonly problems: readonly string[]
  /** From now on problems like this are not reported. */
  allow(...patterns: RegExp[]): void
  /**
   * Takes the network from the page: requests fail, open sockets hang until it is back. That the page complains, now and
   * later, is no problem.
   */
  offline(): Promise<void>
  online(): Promise<void>
  /** Before the end of the test, which closes it otherwise. */
  close(): Promise<void>
}

/** What Chromium says when there is no network. */
const NO_NETWORK = /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|CONNECTION_\w+|SOCKET_NOT_CONNECTED)/

/**
 * A page of its own in the Chromium of this test file, closed at the end of the test. Console errors and warnings,
 * exceptions, violations of the Content Security Policy and failed requests are problems. Null, and heard of, without
 * Chromium.
 */
export async function openPage(t: Test, options: PageOptions = {}): Promise<OpenPage | null> {
  const browser = await browserForTest(t)
  if (!browser) return null
  const { size = 'desktop', theme = 'light', motion = false, timezone = 'UTC', url } = options
  const context = await browser.newContext({
    viewport: typeof size === 'string' ? SIZES[size] : size,
    colorScheme: theme,
    reducedMotion: motion ? 'no-preference' : 'reduce',
    locale: 'en-GB',
    timezoneId: timezone,
  })
  const page = await context.newPage()
  const allowed = [...(options.allow ?? [])]
  const problems: string[] = []
  const late: string[] = []
  let over = false

  watchFor(page, (problem) => {
    if (allowed.some((pattern) => pattern.test(problem))) return
    problems.push(problem)
    if (options.report) options.report(problem)
    else if (over) late.push(problem)
    else t.fail(problem)
  })
  const writeCoverage = options.coverage === false ? async () => {} : await collectCoverage(page)
  const close = async () => {
    if (over) return
    over = true
    await settle(page)
    await writeCoverage()
    await context.close()
    if (late.length > 0) throw new Error(`at the end of the test: ${late.join('; ')}`)
  }
  t.teardown(close)
  if (url !== undefined) await page.goto(url)

  return {
    page,
    problems,
    allow: (...patterns) => void allowed.push(...patterns),
    async offline() {
      allowed.push(NO_NETWORK)
      await context.setOffline(true)
    },
    online: () => context.setOffline(false),
    close,
  }
}

function watchFor(page: Page, add: (problem: string) => void): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') add(describe(message))
  })
  page.on('pageerror', (error) => add(`exception: ${error.stack ?? error}`))
  page.on('requestfailed', (request) => {
    if (!wasGivenUp(request)) add(`request: ${request.failure()?.errorText} (${request.url()})`)
  })
  page.on('crash', () => add('crash: the page is gone'))
}

function describe(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location()
  const kind = message.text().includes('Content Security Policy') ? 'csp' : 'console'
  return `${kind}: ${message.text()} (${url}:${lineNumber + 1})`
}

/** A page may abort what it asked for, and leaving it does the same. */
function wasGivenUp(request: Request): boolean {
  return request.failure()?.errorText === 'net::ERR_ABORTED'
}

/** Events come in order, so after an answer of the page all of its problems are known. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() => 0).catch(() => {})
}

import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { axeViolations } from './measure.ts'

/** Fails unless axe finds nothing, in either theme. */
export async function bothThemes(t: Test, page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    t.strictSame(await axeViolations(page), [], colorScheme)
  }
}

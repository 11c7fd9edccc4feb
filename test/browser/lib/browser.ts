import type { Browser } from 'playwright-core'
import tap, { type Test } from 'tap'
import { missing } from '../../helpers/not-run.ts'
import { findChromium, launchChromium } from './chromium.ts'

let shared: Promise<Browser> | undefined

/**
 * The Chromium of this test file, started once and closed at its end. Without any on this machine: an error when CI is
 * set, null and a notice otherwise.
 */
export async function browserForTest(t: Test): Promise<Browser | null> {
  if (shared) return shared
  const path = findChromium()
  if (path === null) return missing(t, 'Chromium', 'set CHROMIUM_PATH or install chromium')
  shared = launchChromium(path)
  tap.teardown(async () => (await shared)?.close())
  return shared
}

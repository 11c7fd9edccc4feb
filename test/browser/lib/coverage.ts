import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'

const ROOT = join(import.meta.dirname, '../../..')
/** Where tap gathers the coverage of every process, before it adds it all up. */
const FOLDER = join(ROOT, '.tap/coverage')
/** What follows the hash in the address of one of our scripts is its path from the root. */
const SCRIPT = /^\/assets\/[^/]+\/(.+\.ts)$/

type Script = Awaited<ReturnType<Page['coverage']['stopJSCoverage']>>[number]

/**
 * Counts which of our own code a page runs, when the tests are run with coverage. Call what it resolves with before the
 * page is closed.
 */
export async function collectCoverage(page: Page): Promise<() => Promise<void>> {
  if (process.env._TAPJS_PROCESSINFO_COVERAGE_ !== '1') return async () => {}
  await page.coverage.startJSCoverage({ resetOnNavigation: false })
  return async () => {
    const scripts = await page.coverage.stopJSCoverage()
    const result = scripts.map(ofFile).filter((script) => script !== null)
    if (result.length === 0) return
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(join(FOLDER, `${randomUUID()}.json`), JSON.stringify({ result }))
  }
}

/** What was counted in a script, told of the file that it was made from; null for what is not ours. */
export function ofFile({ scriptId, url, source, functions }: Script) {
  const path = SCRIPT.exec(new URL(url).pathname)?.[1]
  if (path === undefined || source === undefined) return null
  const file = join(ROOT, path)
  const move = createMover(source, readFileSync(file, 'utf8'))
  if (!move) return null
  return {
    scriptId,
    url: pathToFileURL(file).href,
    functions: functions.map((one) => ({
      ...one,
      ranges: one.ranges.map(({ startOffset, endOffset, count }) => ({
        startOffset: move(startOffset),
        endOffset: move(endOffset),
        count,
      })),
    })),
  }
}

/**
 * Types and comments were taken out of a script, but what is left is in the same line and column as in its file. Null when
 * the file was changed meanwhile.
 */
function createMover(script: string, file: string): ((offset: number) => number) | null {
  const [from, to] = [lineStarts(script), lineStarts(file)]
  if (from.length !== to.length) return null
  return (offset) => {
    const after = from.findIndex((start) => start > offset)
    const line = (after === -1 ? from.length : after) - 1
    return (to[line] ?? 0) + offset - (from[line] ?? 0)
  }
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
}

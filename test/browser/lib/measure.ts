import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** `asked_by`: the document, script or style sheet that names it; null for the document itself. */
export type Transfer = { url: string; bytes: number; asked_by: string | null }

/** What axe-core finds wrong with the page as it is, one line per element: `rule (impact): where: what to do`. */
export async function axeViolations(page: Page): Promise<string[]> {
  // What fades in has not the colours yet that it will have.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        ({ playState, effect }) => playState !== 'running' || effect?.getTiming().iterations === Infinity,
      ),
  )
  // Not a script of the page, so its Content Security Policy has no say.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map((node) => `${id} (${impact}): ${node.target.join(' ')}: ${node.failureSummary}`),
  )
}

declare global {
  interface Window {
    axe: typeof axe
  }
}

/** Counts from now on what the page loads over HTTP: bytes on the wire, headers included. Sockets are not counted. */
export async function countTransfers(page: Page): Promise<{ all(): Transfer[]; total(): number }> {
  const asked = new Map<string, Omit<Transfer, 'bytes'>>()
  const transfers: Transfer[] = []
  const devtools = await page.context().newCDPSession(page)
  devtools.on('Network.requestWillBeSent', ({ requestId, request, initiator }) => {
    asked.set(requestId, { url: request.url, asked_by: initiator.url ?? null })
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    transfers.push({ url: '', asked_by: null, ...asked.get(requestId), bytes: encodedDataLength })
  })
  await devtools.send('Network.enable')
  return {
    all: () => [...transfers],
    total: () => transfers.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/** When the first text or picture was painted, in ms from the start of the navigation. */
export async function firstPaint(page: Page): Promise<number> {
  const entry = await page.waitForFunction(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  )
  return (await entry.jsonValue()) as number
}

/** What was visible and has moved by itself so far (or `since`), as Chromium has it: `where: from -> to`. */
export function layoutShifts(page: Page, since = 0): Promise<string[]> {
  return page.evaluate(
    (since) =>
      new Promise<string[]>((resolve) => {
        type Source = { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }
        type Shift = PerformanceEntry & { hadRecentInput: boolean; sources: Source[] }
        const nameOf = (node: Node | null) => {
          const element = node instanceof Element ? node : node?.parentElement
          return element ? `${element.localName}.${element.classList.value}` : 'what has gone'
        }
        const placeOf = ({ x, y, width, height }: DOMRect) =>
          [x, y, width, height].map((each) => Math.round(10 * each) / 10).join(' ')
        const all: string[] = []
        const add = (entries: PerformanceEntry[]) => {
          for (const { hadRecentInput, sources, startTime } of entries as Shift[]) {
            if (hadRecentInput || startTime < since) continue
            const moves = sources.map(
              ({ node, previousRect, currentRect }) =>
                `${nameOf(node)}: ${placeOf(previousRect)} -> ${placeOf(currentRect)}`,
            )
            all.push(moves.join(', '))
          }
        }
        const observer = new PerformanceObserver((list) => add(list.getEntries()))
        observer.observe({ type: 'layout-shift', buffered: true })
        // What is buffered arrives before the frame after the next one.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            add(observer.takeRecords())
            observer.disconnect()
            resolve(all)
          }),
        )
      }),
    since,
  )
}

export type Frames = { pace_ms: number; longest_ms: number; dropped: number }

/**
 * Watches the next `count` frames: the pace that most of them kept, the longest time between two of them, and how many did
 * not come at that pace because something else took their time.
 */
export function watchFrames(page: Page, count = 120): Promise<Frames> {
  return page.evaluate(
    (count) =>
      new Promise<Frames>((resolve) => {
        const gaps: number[] = []
        let before = performance.now()
        const frame = (now: number) => {
          gaps.push(now - before)
          before = now
          if (gaps.length <= count) return void requestAnimationFrame(frame)
          const seen = gaps.slice(1).sort((a, b) => a - b)
          const pace = seen[Math.floor(seen.length / 2)] ?? 0
          const dropped = seen.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / pace) - 1), 0)
          resolve({ pace_ms: pace, longest_ms: seen.at(-1) ?? 0, dropped })
        }
        requestAnimationFrame(frame)
      }),
    count,
  )
}

import type { Page } from 'playwright-core'
import { FRAME_MS } from './work.ts'

export type Frame = {
  /** The server's time that the page has taken this frame to stand for. */
  at: number
  texts: string[]
  /** The page's idea of the server's time at the end of the frame. */
  end: number
}

/** The modules of a page as it has them, so that a test looks with its own clock and in its own frames. */
type Modules = {
  api: typeof import('../../../dashboard/lib/api.ts')
  ticker: typeof import('../../../dashboard/lib/ticker.ts')
}

async function modulesOf(page: Page) {
  return page.evaluateHandle(async () => {
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
    const load = (file: string) =>
      import(loaded.find((name) => name.endsWith(`/dashboard/lib/${file}`)) ?? '')
    const [api, ticker] = await Promise.all([load('api.ts'), load('ticker.ts')])
    return { api, ticker } as Modules
  })
}

/** What a page shows in each of so many frames, read in the frame itself after all of it was written. */
export async function watchClocks(page: Page, frames = 60): Promise<Frame[]> {
  const modules = await modulesOf(page)
  return modules.evaluate(
    ({ api, ticker }, frames) =>
      new Promise<Frame[]>((resolve) => {
        const seen: Frame[] = []
        const { clock } = api.client
        // What was added last comes last in a frame.
        const stop = ticker.onFrame(document.body, () => {
          const clocks = [...document.querySelectorAll('.face-clock')]
          const texts = clocks.map((clock) => clock.textContent ?? '')
          seen.push({ at: ticker.frameTime(), texts, end: clock.now() })
          if (seen.length < frames) return
          stop()
          resolve(seen)
        })
      }),
    frames,
  )
}

/**
 * What a page adds to the time of this machine, which all pages on it share, to have the server's: the readings between
 * which nothing came, of many. Asked once the page's clock is known to half a frame, however busy the machine is.
 */
export async function readOffset(page: Page): Promise<{ least: number; most: number }> {
  const modules = await modulesOf(page)
  return modules.evaluate(async ({ api }, most) => {
    const { clock } = api.client
    while (clock.uncertainty > most) await clock.sync().catch(() => {})
    const readings = Array.from({ length: 200 }, () => {
      const before = performance.timeOrigin + performance.now()
      const at = clock.now()
      return { least: at - (performance.timeOrigin + performance.now()), most: at - before }
    })
    return readings.reduce((a, b) => (b.most - b.least < a.most - a.least ? b : a))
  }, FRAME_MS / 2)
}

import type { Page } from 'playwright-core'

/** What there is of a second for each frame. */
export const FRAME_MS = 1000 / 60

/** `work`: the CPU time of the page's main thread for each frame, in ms; `late`: how many frames came late. */
export type Work = { work: number[]; late: number }

type TraceEvent = {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  /** CPU time of the thread, in us: what other programs do on the machine meanwhile is not in it. */
  tdur?: number
}

/** Scripts, styles, layout, painting: everything that a thread does is a task. */
const TASK = 'RunTask'
const FRAME = 'FireAnimationFrame'

/** Watches a page, in which something has to move, for so many frames. */
export async function watchWork(page: Page, frames: number): Promise<Work> {
  const browser = page.context().browser()
  if (!browser) throw new Error('there is no browser to this page')
  await browser.startTracing(page, {
    categories: ['-*', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  })
  await page.evaluate(
    (frames) =>
      new Promise<void>((resolve) => {
        let left = frames
        const next = () => void (left-- > 0 ? requestAnimationFrame(next) : resolve())
        next()
      }),
    frames,
  )
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  return workOf(traceEvents)
}

/** What was done from the beginning of a frame to that of the next one is the work for the next one. */
function workOf(events: TraceEvent[]): Work {
  const { pid, tid } = busiest(events)
  const own = events.filter((each) => each.pid === pid && each.tid === tid).sort((a, b) => a.ts - b.ts)
  // All callbacks of one frame follow each other in one task.
  const tasks = own.filter(({ name, ph }) => name === TASK && ph === 'X')
  const fired = own.filter(({ name }) => name === FRAME).map(({ ts }) => ts)
  const sums: { ts: number; work: number }[] = []
  let sum = 0
  let at = 0
  for (const [i, { ts, tdur = 0 }] of tasks.entries()) {
    sum += tdur
    const end = tasks[i + 1]?.ts ?? Number.POSITIVE_INFINITY
    const isFrame = at < fired.length && (fired[at] as number) < end
    while (at < fired.length && (fired[at] as number) < end) at++
    if (!isFrame) continue
    sums.push({ ts, work: sum / 1000 })
    sum = 0
  }
  // The first one has what was done before anybody watched.
  const [, ...rest] = sums
  const late = rest.filter(({ ts }, i) => ts - (sums[i]?.ts ?? ts) > 1500 * FRAME_MS)
  return { work: rest.map(({ work }) => work), late: late.length }
}

/** The thread whose frames these are. */
function busiest(events: TraceEvent[]): { pid: number; tid: number } {
  const frames = events.filter(({ name }) => name === FRAME)
  const [first] = frames
  if (!first) throw new Error('nothing moved')
  return first
}

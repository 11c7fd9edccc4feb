import type { Cancel, Clock } from '../../plugins/clock.ts'

/**
 * The time in which the demo plays. It begins in the past and is played in fast motion up to now (catchUp), so that a
 * visitor finds games in their middle and curves with a beginning. From then on it is the time of this machine.
 */
export type DemoTime = {
  /** For the server and the reporters. */
  clock: Clock
  /** Starts something that plays by itself; only while nobody is at work the past is skipped to the next event. */
  begin(play: () => Promise<void>): void
  /** For what was begun. In the past it takes no time at all; later it is as many times shorter as the demo is faster. */
  pause(ms: number): Promise<void>
  /** For the calls of the demo: who waits for an answer is at work. */
  fetch: typeof fetch
  /** Resolves when the past has been played. */
  catchUp(): Promise<void>
}

type Entry = { at: number; fn: () => void; paced: boolean; cancel?: Cancel }

/** Who is at work for longer than this waits for time itself, perhaps, so time goes on a little, in ms. */
const PATIENCE_MS = 10

/** `present` is caught up with; `past_ms` ago the demo has begun. */
export function createDemoTime(present: Clock, past_ms: number, speed: number): DemoTime {
  let now = present.precise() - past_ms
  let caught_up = false
  let at_work = 0
  let onRest = () => {}
  const entries = new Set<Entry>()

  const rest = () => {
    at_work--
    if (at_work === 0) onRest()
  }

  function add(at: number, fn: () => void, paced = false): Cancel {
    const entry: Entry = { at, fn, paced }
    if (caught_up) hand(entry)
    else entries.add(entry)
    return () => {
      entries.delete(entry)
      entry.cancel?.()
    }
  }

  /** Hands over to the time of this machine. */
  function hand(entry: Entry): void {
    const from = caught_up ? present.precise() : now
    const at = entry.paced ? from + (entry.at - from) / speed : entry.at
    entry.cancel = present.at(at, entry.fn)
  }

  /** Whether everybody came to rest. */
  async function quiet(): Promise<boolean> {
    const end = performance.now() + PATIENCE_MS
    do {
      if (at_work > 0) {
        await new Promise<void>((resolve) => {
          onRest = resolve
          setTimeout(resolve, PATIENCE_MS)
        })
      }
      // What has been answered may lead to the next call.
      await new Promise(setImmediate)
      if (at_work === 0) return true
    } while (performance.now() < end)
    return false
  }

  /** Goes on to the next event, but not beyond `limit`. */
  function step(limit: number): void {
    let next: Entry | null = null
    for (const entry of entries) if (!next || entry.at < next.at) next = entry
    if (!next || next.at > limit) {
      now = Math.max(now, limit)
      return
    }
    now = Math.max(now, next.at)
    entries.delete(next)
    next.fn()
  }

  const precise = () => (caught_up ? present.precise() : now)

  return {
    clock: { ...present, precise, now: () => Math.floor(precise()), at: (at, fn) => add(at, fn) },
    begin(play) {
      at_work++
      void play().finally(rest)
    },
    async pause(ms) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          at_work++
          resolve()
        }
        add(precise() + ms, wake, true)
        rest()
      })
    },
    async fetch(...request) {
      at_work++
      try {
        const response = await fetch(...request)
        const body = response.status === 204 ? null : await response.arrayBuffer()
        return new Response(body, response)
      } finally {
        rest()
      }
    },
    async catchUp() {
      for (let limit = Number.POSITIVE_INFINITY; now < limit; ) {
        const rested = await quiet()
        limit = present.precise()
        step(rested ? limit : Math.min(limit, now + PATIENCE_MS))
      }
      const waiting = [...entries]
      entries.clear()
      for (const entry of waiting) hand(entry)
      caught_up = true
    },
  }
}

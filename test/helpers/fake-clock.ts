import type { Clock } from '../../plugins/clock.ts'

export type FakeClock = Clock & {
  /** Moves time forward, running what falls due on the way, in order and at its own instant. */
  advance(ms: number): void
  /** How many at() timers are waiting. */
  readonly waiting: number
}

type Entry = { at: number; fn: () => void; interval?: number }

/** Time that stands still until a test moves it. */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start
  const entries = new Set<Entry>()
  const add = (entry: Entry) => {
    entries.add(entry)
    return () => {
      entries.delete(entry)
    }
  }
  return {
    now: () => now,
    precise: () => now,
    local: () => now,
    at: (at, fn) => add({ at, fn }),
    every: (interval, fn) => add({ at: now + interval, fn, interval }),
    follow: () => {},
    get waiting() {
      return [...entries].filter((entry) => entry.interval === undefined).length
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const next = [...entries].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = Math.max(now, next.at)
        if (next.interval === undefined) entries.delete(next)
        else next.at += next.interval
        next.fn()
      }
      now = end
    },
  }
}

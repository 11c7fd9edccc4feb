import { setImmediate } from 'node:timers/promises'

/** 5000 sends in a row would keep everybody else waiting for 100 ms; this many take a few. */
const SLICE = 500

/**
 * Visits each item and pauses after every 500, so that other work gets in. `for await` would pause at each item, so the
 * pauses are handed out: `for (const pause of inSlices(items, visit)) await pause()`.
 */
export function* inSlices<T>(items: Iterable<T>, visit: (item: T) => void): Generator<() => Promise<void>> {
  let visited = 0
  for (const item of items) {
    if (visited > 0 && visited % SLICE === 0) yield () => setImmediate()
    visit(item)
    visited++
  }
}

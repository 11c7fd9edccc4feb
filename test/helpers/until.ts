import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'

const WITHIN_MS = 15_000
const EVERY_MS = 20

/** Reads until what is read fits, and answers it; tells what it read last when that takes too long. */
export async function until<T>(
  read: () => T | Promise<T>,
  fits: (value: T) => boolean,
  within_ms = WITHIN_MS,
): Promise<T> {
  const end = performance.now() + within_ms
  for (;;) {
    const value = await read()
    if (fits(value)) return value
    if (performance.now() > end) throw new Error(`after ${within_ms} ms it is still ${inspect(value)}`)
    await pause(EVERY_MS)
  }
}

import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../clock.ts'
import { type Client, runScript, scriptOf } from '../store/redis-calls.ts'

/** How often a key was hit in its present window, this time included, and how long the window lasts yet. */
export type Hits = { current: number; ttl_ms: number }

/** `max`: beyond how many hits of a window it no longer matters how many there are. */
export type Counter = { hit(key: string, window_ms: number, max: number): Promise<Hits> }

/** As many callers as are remembered at once; the longest-known go first, so that memory stays bounded. */
const MOST_KEYS = 10_000

/** How long Redis is left alone after a failure, so that not every request has to wait for its timeout. */
const RETRY_MS = 1000

/**
 * Of a wide limit an instance takes hits in lots, and counts those down itself, so that few requests have to ask Redis.
 * What is left of a lot when the window ends was nobody's: another instance may refuse that little too early.
 */
const LOTS_OF_A_LIMIT = 100
const LARGEST_LOT = 1000

const HIT = scriptOf(`
local current = redis.call('INCRBY', KEYS[1], ARGV[2])
if current == tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {current, redis.call('PTTL', KEYS[1])}`)

/** A map that forgets the longest-known. */
function createBounded<T>() {
  const entries = new Map<string, T>()
  return {
    get: (key: string): T | undefined => entries.get(key),
    set(key: string, value: T): void {
      entries.delete(key)
      entries.set(key, value)
      for (const oldest of entries.keys()) {
        if (entries.size <= MOST_KEYS) break
        entries.delete(oldest)
      }
    },
  }
}

/** Counts in this process. */
export function createLocalCounter(clock: Clock): Counter {
  const windows = createBounded<{ current: number; ends_at: number }>()
  return {
    async hit(key, window_ms) {
      const now = clock.now()
      let window = windows.get(key)
      if (!window || window.ends_at <= now) {
        window = { current: 0, ends_at: now + window_ms }
        windows.set(key, window)
      }
      window.current += 1
      return { current: window.current, ttl_ms: window.ends_at - now }
    },
  }
}

/**
 * Counts in Redis for all instances together. While Redis is away each instance counts for itself: a limit that is
 * too wide for a moment beats refusing everybody.
 */
export function createSharedCounter(
  redis: Client,
  prefix: string,
  clock: Clock,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Counter {
  const local = createLocalCounter(clock)
  /** `current`: the count once all of the lot is used up. */
  const lots = createBounded<{ current: number; left: number; ends_at: number }>()
  let retry_at = Number.NEGATIVE_INFINITY
  return {
    async hit(key, window_ms, max) {
      const now = clock.now()
      const lot = lots.get(key)
      if (lot && lot.left > 0 && now < lot.ends_at) {
        lot.left -= 1
        return { current: lot.current - lot.left, ttl_ms: lot.ends_at - now }
      }
      if (now < retry_at) return local.hit(key, window_ms, max)
      const size = Math.min(LARGEST_LOT, Math.max(1, Math.floor(max / LOTS_OF_A_LIMIT)))
      try {
        const reply = await runScript(redis, HIT, [`${prefix}${key}`], [window_ms, size])
        const [current, ttl] = reply as [number, number]
        const ttl_ms = Math.max(0, ttl)
        if (size > 1) lots.set(key, { current, left: size - 1, ends_at: now + ttl_ms })
        return { current: current - size + 1, ttl_ms }
      } catch (error) {
        retry_at = clock.now() + RETRY_MS
        log.warn({ err: error }, 'rate limits are counted by each instance alone while Redis is away')
        return local.hit(key, window_ms, max)
      }
    },
  }
}

import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../clock.ts'

/** How often a key was hit in its present window, this time included, and how long the window lasts yet. */
export type Hits = { current: number; ttl_ms: number }

export type Counter = { hit(key: string, window_ms: number): Promise<Hits> }

/** The part of ioredis, single server or Cluster, that is used here. */
export type ScriptRunner = { eval(script: string, keys: number, ...args: string[]): Promise<unknown> }

/** As many callers as are remembered at once; the longest-known go first, so that memory stays bounded. */
const MOST_KEYS = 10_000

/** How long Redis is left alone after a failure, so that not every request has to wait for its timeout. */
const RETRY_MS = 1000

const HIT = `
local current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {current, redis.call('PTTL', KEYS[1])}`

/** Counts in this process. */
export function createLocalCounter(clock: Clock): Counter {
  const windows = new Map<string, { current: number; ends_at: number }>()
  return {
    async hit(key, window_ms) {
      const now = clock.now()
      let window = windows.get(key)
      if (!window || window.ends_at <= now) {
        windows.delete(key)
        window = { current: 0, ends_at: now + window_ms }
        windows.set(key, window)
        for (const oldest of windows.keys()) {
          if (windows.size <= MOST_KEYS) break
          windows.delete(oldest)
        }
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
  redis: ScriptRunner,
  prefix: string,
  clock: Clock,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Counter {
  const local = createLocalCounter(clock)
  let retry_at = Number.NEGATIVE_INFINITY
  return {
    async hit(key, window_ms) {
      if (clock.now() < retry_at) return local.hit(key, window_ms)
      try {
        const [current, ttl] = (await redis.eval(HIT, 1, `${prefix}${key}`, String(window_ms))) as [
          number,
          number,
        ]
        return { current, ttl_ms: Math.max(0, ttl) }
      } catch (error) {
        retry_at = clock.now() + RETRY_MS
        log.warn({ err: error }, 'rate limits are counted by each instance alone while Redis is away')
        return local.hit(key, window_ms)
      }
    },
  }
}

import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    clock: Clock
  }
}

export type Cancel = () => void

/** The only source of time. Instants are ms since the Unix epoch and never go back within a process, see follow(). */
export type Clock = {
  /** Whole milliseconds. */
  now(): number
  /** With fractions. */
  precise(): number
  /** Runs `fn` once, never before `at`. */
  at(at: number, fn: () => void): Cancel
  /** Runs `fn` every `interval_ms` until cancelled; keeps no process alive. */
  every(interval_ms: number, fn: () => void): Cancel
  /** This machine's own time, with fractions: what the offset of follow() is measured against. */
  local(): number
  /**
   * Sets the distance to the time that all instances agree on, in ms. A step back is waited out, not shown, but for the
   * first one: it would leave a machine whose clock is ahead standing there, and nothing was agreed on before.
   */
  follow(offset_ms: number): void
}

/** setTimeout() counts in a signed 32-bit number of ms; longer waits are cut and looked at again. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** How far the wall clock may run ahead of the monotonic one (a machine that slept) before it is followed, in ms. */
const LARGEST_DRIFT_MS = 1000

/**
 * A clock on this machine's monotonic time, so that a wall clock set back never makes elapsed time negative. `base`: the
 * instant at which performance.now() was 0.
 */
export function createSystemClock(base = performance.timeOrigin): Clock {
  let agreed = false
  let offset = 0
  let last = 0

  const local = () => {
    const monotonic = base + performance.now()
    const ahead = Date.now() - monotonic
    if (ahead <= LARGEST_DRIFT_MS) return monotonic
    base += ahead
    // A machine that slept, or one whose clock was set: which, is told by those it agrees with, soon.
    if (agreed) offset -= ahead
    return base + performance.now()
  }
  const precise = () => {
    last = Math.max(last, local() + offset)
    return last
  }
  const now = () => Math.floor(precise())

  return {
    now,
    precise,
    local,
    at(at, fn) {
      let timer: NodeJS.Timeout
      const wait = () => {
        const left = Math.ceil(at - precise())
        if (left <= 0) fn()
        else timer = setTimeout(wait, Math.min(left, LONGEST_TIMEOUT_MS))
      }
      timer = setTimeout(wait, Math.min(Math.max(0, Math.ceil(at - precise())), LONGEST_TIMEOUT_MS))
      return () => clearTimeout(timer)
    },
    every(interval_ms, fn) {
      const timer = setInterval(fn, interval_ms).unref()
      return () => clearInterval(timer)
    },
    follow(offset_ms) {
      offset = offset_ms
      if (!agreed) last = 0
      agreed = true
    },
  }
}

const plugin: FastifyPluginAsync<{ clock?: Clock }> = async (app, options) => {
  app.decorate('clock', options.clock ?? createSystemClock())
}

export default fp(plugin, { name: 'clock' })

import type { SdkTime } from './time.ts'

/** One exchange of timestamps: sent here, received there, answered there, received here. ms since the Unix epoch. */
export type Exchange = { t0: number; t1: number; t2: number; t3: number }

export type ClockFilter = {
  readonly synced: boolean
  readonly offset: number
  readonly uncertainty: number
  /** This machine's time, free of the steps of its wall clock: what t0 and t3 are to be taken from. */
  local(): number
  now(): number
  /** Learns from an exchange; false for one that cannot be. */
  add(exchange: Exchange): boolean
}

type Sample = { offset: number; delay: number; at: number }

const SAMPLES = 8

/** Whoever takes longer than this tells nothing about the time, in ms. */
const LONGEST_DELAY_MS = 30_000

/** How far two quartz clocks may drift apart: 100 ppm is twice what a bad one does. */
const DRIFT = 100e-6

/** Corrections are spread: time runs up to this much faster or slower, so that no countdown jumps. */
const SLEW = 0.05

/** Beyond this (a machine that slept, a server whose clock was set) spreading would take too long, in ms. */
const STEP_MS = 1000
/** What is too far back to be spread so, and may not be leapt over, is made good at half the speed of time. */
const LONG_WAY_BACK = 0.5

/**
 * The server's time, worked out from exchanges with it.
 *
 * The network delays one direction more than the other by at most the whole round trip, so of the last exchanges the one
 * with the least delay is the truest; an old one pays for the drift since.
 */
export function createClockFilter(time: SdkTime): ClockFilter {
  const base = time.now() - time.monotonic()
  const local = () => base + time.monotonic()
  let samples: Sample[] = []
  let best: Sample | null = null
  let applied = 0
  let slewed_at = 0
  let latest = Number.NEGATIVE_INFINITY
  let slept = 0

  const doubt = (sample: Sample, at: number) => sample.delay / 2 + DRIFT * (at - sample.at)

  /** Monotonic time may stand still while the machine sleeps; the wall clock tells, unless it was set. 0 for nothing. */
  function missed(): number {
    const ms = Math.abs(time.now() - local() - slept)
    return ms > STEP_MS ? ms : 0
  }

  /** What was measured before a sleep says nothing any more. */
  function forgetBeforeSleep() {
    if (missed() > 0) samples = []
    slept = time.now() - local()
  }

  function slew(at: number) {
    const error = best ? best.offset - applied : 0
    const rate = Math.abs(error) > STEP_MS ? LONG_WAY_BACK : SLEW
    const most = (at - slewed_at) * rate
    applied += Math.max(-most, Math.min(most, error))
    slewed_at = at
  }

  return {
    get synced() {
      return best !== null
    },
    get offset() {
      return applied
    },
    get uncertainty() {
      if (!best) return Number.POSITIVE_INFINITY
      return doubt(best, local()) + Math.abs(best.offset - applied) + missed()
    },
    local,
    now() {
      const at = local()
      slew(at)
      if (best) latest = Math.max(latest, at + applied)
      return best ? latest : at
    },
    add({ t0, t1, t2, t3 }) {
      const delay = t3 - t0 - (t2 - t1)
      const offset = (t1 - t0 + (t2 - t3)) / 2
      if (!Number.isFinite(offset) || t2 < t1 || t3 < t0 || delay > LONGEST_DELAY_MS) return false
      slew(t3)
      forgetBeforeSleep()
      const first = best === null
      samples = [...samples.slice(1 - SAMPLES), { offset, delay: Math.max(0, delay), at: t0 }]
      best = samples.reduce((a, b) => (doubt(b, t3) <= doubt(a, t3) ? b : a))
      // Before the first exchange nothing was promised. Later time may leap ahead, but never back.
      if (first || best.offset - applied > STEP_MS) applied = best.offset
      return true
    },
  }
}

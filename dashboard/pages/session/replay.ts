import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { Session } from '../../lib/api.ts'
import { type Entry, placeAt } from './entries.ts'

export const SPEEDS = [1, 4, 16] as const
export type Speed = (typeof SPEEDS)[number]

/** A look at the past. Instants are ms since the Unix epoch, by the server's time. */
export type Replay = {
  /** Whether it is the past that is shown. */
  active: boolean
  playing: boolean
  speed: Speed
  /** The instant that is shown. */
  now(): number
  /** The newest entry at that instant; -1 without any. */
  place: number
  /** The session as it was then. */
  session: Session | null
  seek(at: number): void
  /** To the next event, or (-1) to the one before. */
  step(by: 1 | -1): void
  play(): void
  pause(): void
  setSpeed(speed: Speed): void
  /** Back to the present. */
  leave(): void
}

/** From `at` on, at the time `since` of performance.now(). */
type Course = { at: number; since: number; playing: boolean }

const LONGEST_TIMER_MS = 60_000

/**
 * Goes through what has happened. `end`: up to where, which may move on; `stays`: there is no present to go back to when
 * the end is reached.
 */
export function useReplay(entries: readonly Entry[], end: () => number, stays: boolean): Replay {
  const [course, setCourse] = useState<Course | null>(null)
  const [speed, chooseSpeed] = useState<Speed>(1)
  const [ticks, tick] = useReducer((n: number, _: undefined) => n + 1, 0)
  const latest = useRef(end)
  latest.current = end
  const active = course !== null || stays

  const now = () => {
    if (!course) return latest.current()
    const ran = course.playing ? (performance.now() - course.since) * speed : 0
    return Math.min(course.at + ran, latest.current())
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: a tick says that time has come to an event
  const place = useMemo(
    () => (active && entries.length > 0 ? placeAt(entries, now()) : entries.length - 1),
    [active, entries, course, speed, ticks],
  )

  const go = (at: number, playing: boolean) => setCourse({ at, since: performance.now(), playing })
  const seek = (at: number) => go(Math.max(entries[0]?.at ?? at, at), course?.playing ?? false)

  // Clocks read the time by themselves; what an event changes is rendered when its time comes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: now() is made of what is listed
  useEffect(() => {
    if (!course?.playing) return
    const ended = now() >= latest.current()
    if (ended) {
      if (stays) go(latest.current(), false)
      else setCourse(null)
      return
    }
    const next = entries[place + 1]?.at ?? latest.current()
    const wait = Math.max(0, next - now()) / speed
    const timer = setTimeout(() => tick(undefined), Math.min(wait + 1, LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  }, [course, speed, place, entries, ticks, stays])

  return {
    active,
    playing: course?.playing ?? false,
    speed,
    now,
    place,
    session: entries[place]?.state ?? null,
    seek,
    step(by) {
      const to = by === 1 || now() > (entries[place]?.at ?? 0) ? place + Math.max(0, by) : place - 1
      const entry = entries[to]
      if (entry) go(entry.at, false)
    },
    play: () => go(now() >= latest.current() ? (entries[0]?.at ?? now()) : now(), true),
    pause: () => go(now(), false),
    setSpeed(next) {
      chooseSpeed(next)
      if (course) go(now(), course.playing)
    },
    leave: () => setCourse(null),
  }
}

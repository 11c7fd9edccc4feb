import { client } from './api.ts'

type Tick = () => void

const all = new Map<Element, Tick>()
const visible = new Set<Element>()
let frame = 0
/** The server's time when the frame began that is being made; null between frames. */
let instant: number | null = null

/**
 * The server's time for what is shown of it, in ms since the Unix epoch: within a frame the same for all that ask, so that
 * two clocks of a page are never of two instants; between frames the present.
 */
export const frameTime = (): number => instant ?? client.clock.now()

/** The same of what changes every few seconds. */
const slow = new Map<Element, Tick>()
const visibleSlow = new Set<Element>()
const BEAT_MS = 5000
const AT_ONCE = 4

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && all.has(target)) visible.add(target)
      else visible.delete(target)
      const tick = isIntersecting ? slow.get(target) : undefined
      if (tick) visibleSlow.add(target)
      else visibleSlow.delete(target)
      tick?.()
    }
    schedule()
  },
  { rootMargin: '64px' },
)

/** A few in each frame, as nobody sees that it is not all at once. */
function beat(): void {
  if (document.hidden) return
  const due = [...visibleSlow]
  const some = () => {
    for (const element of due.splice(0, AT_ONCE)) slow.get(element)?.()
    if (due.length > 0) requestAnimationFrame(some)
  }
  some()
}

setInterval(beat, BEAT_MS)
document.addEventListener('visibilitychange', beat)

function schedule(): void {
  if (frame === 0 && visible.size > 0 && !document.hidden) frame = requestAnimationFrame(run)
}

function run(): void {
  frame = 0
  instant = client.clock.now()
  try {
    for (const element of visible) all.get(element)?.()
  } finally {
    instant = null
  }
  schedule()
}

document.addEventListener('visibilitychange', schedule)

/**
 * Calls `tick` in each frame in which `element` is on the screen, from one loop for all: what changes many times in a
 * second is written by `tick` itself, not rendered. Returns how to end it.
 */
export function onFrame(element: Element, tick: Tick): () => void {
  all.set(element, tick)
  seen.observe(element)
  return () => {
    seen.unobserve(element)
    all.delete(element)
    visible.delete(element)
  }
}

/** Calls `tick` every five seconds while `element` is on the screen, and when it gets there. Returns how to end it. */
export function onBeat(element: Element, tick: Tick): () => void {
  slow.set(element, tick)
  seen.observe(element)
  return () => {
    seen.unobserve(element)
    slow.delete(element)
    visibleSlow.delete(element)
  }
}

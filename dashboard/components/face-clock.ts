import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { type Reading, widthOf } from '../lib/clocks.ts'
import { classes, html } from '../lib/html.ts'
import { onFrame } from '../lib/ticker.ts'

/**
 * A large clock. Its tenths are smaller; [data-level] tells how urgent it is. How large is for the style of the page:
 * --width, of an ancestor with `useWidest`, is how many em its text needs.
 */
export function FaceClock({
  read,
  label,
  class: more,
}: {
  read(): Reading
  /** Whose time it is; how it is read out. */
  label: string
  class?: string
}) {
  const ref = useRef<HTMLSpanElement>(null)
  const latest = useLatest(read)
  const write = useRef(() => {})
  useLayoutEffect(() => {
    const element = ref.current
    const [whole, rest] = element?.children ?? []
    if (!element || !whole || !rest) return
    let before = ''
    write.current = () => {
      const { text, level } = latest.current()
      if (element.dataset.level !== level) element.dataset.level = level
      if (text === before) return
      before = text
      const point = text.indexOf('.')
      whole.textContent = point < 0 ? text : text.slice(0, point)
      rest.textContent = point < 0 ? '' : text.slice(point)
    }
    return onFrame(element, write.current)
  }, [latest])
  // With the names beside it, not a frame later; and before the first paint, as it would move what stands below.
  useLayoutEffect(() => write.current())
  return html`<span ref=${ref} class=${classes('clock', 'face-clock', more)} role="timer" aria-label=${label}><span></span><small></small></span>`
}

/** How much of a clock is left, as a line. What it says is said by the clock beside it. */
export function FaceBar({ read }: { read(): Reading }) {
  const ref = useRef<HTMLDivElement>(null)
  const latest = useLatest(read)
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    const write = () => {
      const { share, level } = latest.current()
      if (element.dataset.level !== level) element.dataset.level = level
      const scale = (share ?? 0).toFixed(3)
      if (element.style.getPropertyValue('--share') !== scale) element.style.setProperty('--share', scale)
    }
    write()
    return onFrame(element, write)
  }, [latest])
  return html`<div ref=${ref} class="face-bar" aria-hidden="true"><div></div></div>`
}

/** Keeps --width of an element at the em that the widest of some clocks needs, so that all of them are equally large. */
export function useWidest(ref: RefObject<HTMLElement | null>, read: () => readonly Reading[]): void {
  const latest = useLatest(read)
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    let before = 0
    const write = () => {
      const widest = Math.max(1, ...latest.current().map(({ text }) => widthOf(text)))
      if (Math.abs(widest - before) < 0.01) return
      before = widest
      element.style.setProperty('--width', widest.toFixed(2))
    }
    write()
    return onFrame(element, write)
  }, [ref, latest])
}

function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value)
  latest.current = value
  return latest
}

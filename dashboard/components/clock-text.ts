import { useLayoutEffect, useRef } from 'preact/hooks'
import { formatClock } from '../lib/format.ts'
import { classes, html } from '../lib/html.ts'
import { onFrame } from '../lib/ticker.ts'

/**
 * Time that runs. `read` gives its ms for each frame in which it is on the screen; the text is written only when it
 * changes, without a rendering. It keeps the width of its longest text, so that nothing beside it moves.
 */
export function ClockText({
  read,
  label,
  tenths = 'auto',
  down = true,
  low_ms = 0,
  class: more,
}: {
  read(): number
  /** Whose time it is; how it is read out. */
  label: string
  tenths?: 'auto' | 'always' | 'never'
  /** Whether it is time left (else time used). */
  down?: boolean
  /** From here down it looks urgent. */
  low_ms?: number
  class?: string
}) {
  const ref = useRef<HTMLSpanElement>(null)
  const latest = useRef(read)
  latest.current = read

  // Before anything is painted, as its width moves what stands beside it.
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    let shown = ''
    let widest = 0
    const write = () => {
      const ms = latest.current()
      const text = formatClock(ms, { tenths, down })
      if (text === shown) return
      // Quicker than other text, which it has to be where it begins elsewhere: that is no move.
      if (text.length === shown.length && element.firstChild) element.firstChild.nodeValue = text
      else element.textContent = text
      shown = text
      element.toggleAttribute('data-low', down && ms <= low_ms)
      element.toggleAttribute('data-out', down && ms <= 0)
      if (text.length > widest) {
        widest = text.length
        element.style.minWidth = `${widthOf(text)}ch`
      }
    }
    write()
    return onFrame(element, write)
  }, [tenths, down, low_ms])

  return html`<span ref=${ref} class=${classes('clock', more)} role="timer" aria-label=${label}></span>`
}

/** In digits: points and colons are half as wide. */
const widthOf = (text: string) => [...text].reduce((sum, each) => sum + (/\d/.test(each) ? 1 : 0.5), 0)

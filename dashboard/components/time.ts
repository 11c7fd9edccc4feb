import { useLayoutEffect, useRef } from 'preact/hooks'
import { formatDateTime, formatRelative } from '../lib/format.ts'
import { html } from '../lib/html.ts'
import { serverTime } from '../lib/server-time.ts'
import { onBeat } from '../lib/ticker.ts'

/** An instant: how long ago, by the server's clock, with the date and time when pointed at. */
export function Time({ at }: { at: string | number }) {
  const ref = useRef<HTMLTimeElement>(null)
  // Before anything is painted, and not rendered: of hundreds in a list those are written that are seen.
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    const write = () => {
      const text = formatRelative(at, serverTime.now())
      if (element.textContent !== text) element.textContent = text
    }
    write()
    return onBeat(element, write)
  }, [at])
  return html`<time ref=${ref} datetime=${new Date(at).toISOString()} title=${formatDateTime(at)}></time>`
}

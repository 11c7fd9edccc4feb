import { formatDateTime, formatRelative } from '../lib/format.ts'
import { useNow } from '../lib/hooks.ts'
import { html } from '../lib/html.ts'
import { FreshText } from './fresh-text.ts'

/** An instant: how long ago, by the server's clock, with the date and time when pointed at. */
export function Time({ at }: { at: string | number }) {
  const now = useNow()
  return html`<time datetime=${new Date(at).toISOString()} title=${formatDateTime(at)}><${FreshText} text=${formatRelative(at, now)} /></time>`
}

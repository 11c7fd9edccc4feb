import { formatPercent } from '../lib/format.ts'
import { html } from '../lib/html.ts'
import type { State } from './badge.ts'

/** How far something is: 0..100, or null when nobody knows. The number beside it is the page's. */
export function Progress({
  value,
  label,
  state = 'running',
}: {
  value: number | null
  label: string
  state?: State
}) {
  const width = Math.min(100, Math.max(0, value ?? 0))
  const known =
    value === null
      ? {}
      : { 'aria-valuenow': Math.round(width * 10) / 10, 'aria-valuetext': formatPercent(width) }
  return html`<div class="progress" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" data-state=${state} ...${known}>
    <div class=${value === null ? 'unknown' : ''} style=${{ transform: `scaleX(${value === null ? 0.3 : width / 100})` }}></div>
  </div>`
}

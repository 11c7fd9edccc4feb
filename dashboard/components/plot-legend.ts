import { useMemo, useRef } from 'preact/hooks'
import { html } from '../lib/html.ts'
import type { Series } from './plot.ts'
import { dashOf } from './plot-options.ts'

/** What most values need, in digits: while there is none yet, its place is kept. */
const LEAST = 6.5

type Format = (value: number) => string

/** Names, lines and values of a plot's series; a click hides one. */
export function PlotLegend({
  series,
  shown,
  format,
  hidden,
  onToggle,
}: {
  series: readonly Series[]
  /** The value of each. */
  shown: readonly (number | null | undefined)[]
  format: Format
  hidden: ReadonlySet<string>
  onToggle(name: string): void
}) {
  const kept = useRef(new Map<string, number>())
  const widths = useMemo(() => {
    const now = series.map(
      ({ name, values }) =>
        [name, Math.max(LEAST, kept.current.get(name) ?? 0, widest(values, format))] as const,
    )
    kept.current = new Map(now)
    return now.map(([, width]) => width)
  }, [series, format])
  const entries = series.map(({ name }, i) => {
    const value = shown[i]
    return html`<li key=${name}>
      <button type="button" aria-pressed=${hidden.has(name) ? 'false' : 'true'} onClick=${() => onToggle(name)}>
        <${Swatch} index=${i} />
        <span>${name}</span><span class="value tabular" style=${{ minWidth: `${widths[i]?.toFixed(1)}ch` }}>${value == null ? '–' : format(value)}</span>
      </button>
    </li>`
  })
  return html`<ul class="legend">${entries}</ul>`
}

/** The line of a plot's series, by its place among them. */
export function Swatch({ index }: { index: number }) {
  return html`<svg class="swatch" viewBox="0 0 20 8" aria-hidden="true" style=${{ stroke: `var(--series-${(index % 6) + 1})` }}><path d="M1 4h18" stroke-dasharray=${dashOf(index).join(' ')} /></svg>`
}

/** How long the text of a value can be, as the ends of their range tell: what is beside it is not to move. */
function widest(values: readonly (number | null)[], format: Format): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return 1
  return Math.max(...[low, high, (low + high) / 2].map((value) => widthOf(format(value))))
}

/** In digits: points, commas and spaces take half as much. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, each) => sum + (/[.,\s]/.test(each) ? 0.45 : 1), 0)

import { html } from '../lib/html.ts'
import type { Series } from './plot.ts'

type Format = (value: number) => string

/** More would be slower to read than to draw; of a longer history every so-manieth value is shown. */
const MOST_ROWS = 200

/** The same figures as text, newest first. */
export function PlotTable({
  label,
  x,
  series,
  format,
  formatX,
  height,
}: {
  label: string
  x: readonly number[]
  series: readonly Series[]
  format: Format
  formatX: Format
  height: string
}) {
  const step = Math.ceil(x.length / MOST_ROWS)
  const rows = []
  for (let i = x.length - 1; i >= 0; i -= step) {
    const values = series.map(({ name, values }) => {
      const value = values[i]
      return html`<td key=${name} class="numeric">${value == null ? '–' : format(value)}</td>`
    })
    rows.push(html`<tr key=${i}><th scope="row">${formatX(x[i] as number)}</th>${values}</tr>`)
  }
  const heads = series.map(({ name }) => html`<th key=${name} scope="col" class="numeric">${name}</th>`)
  return html`<div class="table-scroll compact" style=${{ height }} role="region" aria-label=${label} tabindex="0">
    <table class="table"><caption class="hidden">${label}</caption><thead><tr><th scope="col">At</th>${heads}</tr></thead><tbody>${rows}</tbody></table>
  </div>`
}

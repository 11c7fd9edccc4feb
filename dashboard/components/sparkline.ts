import { html } from '../lib/html.ts'

const WIDTH = 100
const HEIGHT = 28

/** The shape of a few values, without axes; null is a gap. As wide as its place. */
export function Sparkline({
  values,
  label,
  min,
  max,
}: {
  values: readonly (number | null)[]
  label: string
  min?: number
  max?: number
}) {
  const known = values.filter((value) => value !== null)
  const low = min ?? Math.min(...known)
  const range = (max ?? Math.max(...known)) - low || 1
  const step = WIDTH / Math.max(1, values.length - 1)
  let path = ''
  let drawing = false
  for (const [i, value] of values.entries()) {
    if (value !== null) {
      const y = HEIGHT - 2 - ((value - low) / range) * (HEIGHT - 4)
      path += `${drawing ? 'L' : 'M'}${(i * step).toFixed(1)} ${y.toFixed(1)}`
    }
    drawing = value !== null
  }
  return html`<svg class="sparkline" role="img" aria-label=${label} viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none"><path d=${path} /></svg>`
}

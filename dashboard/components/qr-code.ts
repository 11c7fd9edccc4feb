import { useEffect, useState } from 'preact/hooks'
import { html } from '../lib/html.ts'

type Squares = { path: string; size: number }

/** A text (an address, mostly) for cameras: always dark on light. `size`: a CSS length. */
export function QrCode({ text, label, size = '12rem' }: { text: string; label: string; size?: string }) {
  const [squares, setSquares] = useState<Squares | null>(null)
  useEffect(() => {
    let wanted = true
    import('uqr').then(({ encode }) => {
      const { data } = encode(text, { ecc: 'M', border: 2 })
      if (wanted) setSquares({ path: draw(data), size: data.length })
    })
    return () => {
      wanted = false
    }
  }, [text])
  return html`<div class="qr" style=${{ width: size, height: size }}>
    ${squares && html`<svg role="img" aria-label=${label} viewBox=${`0 0 ${squares.size} ${squares.size}`}><path d=${squares.path} /></svg>`}
  </div>`
}

const draw = (rows: boolean[][]) =>
  rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')

import { Card } from '../../components/card.ts'
import { ICONS, Icon } from '../../components/icon.ts'
import { html } from '../../lib/html.ts'

const COLOURS = {
  Surfaces: ['paper', 'surface', 'raised', 'sunken', 'line', 'line-strong', 'control-line'],
  Text: ['ink', 'muted', 'accent', 'accent-strong'],
  States: ['running', 'paused', 'low', 'failed', 'stale', 'done', 'neutral'],
  Series: [1, 2, 3, 4, 5, 6].map((i) => `series-${i}`),
}
const SIZES = [64, 40, 28, 20, 16, 14, 13, 12]

export function Tokens() {
  const colours = Object.entries(COLOURS).map(
    ([title, names]) => html`<${Card} key=${title} title=${title}>
      <ul class="swatches">${names.map((name) => html`<li key=${name}><span style=${{ background: `var(--${name})` }}></span>${name}</li>`)}</ul>
    <//>`,
  )
  return html`<div class="grid">
    ${colours}
    <${Card} title="Type"><div class="sizes">${SIZES.map((size) => html`<p key=${size} style=${{ fontSize: `var(--text-${size})` }}>4:59.3</p>`)}</div><//>
    <${Card} title="Icons"><ul class="icons">${ICONS.map((name) => html`<li key=${name}><${Icon} name=${name} />${name}</li>`)}</ul><//>
  </div>`
}

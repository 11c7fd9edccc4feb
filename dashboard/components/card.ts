import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { classes, html } from '../lib/html.ts'

/** A part of a page. `flush`: what is in it reaches the edges, as tables do. */
export function Card({
  title,
  note,
  actions,
  flush,
  class: more,
  children,
}: {
  title?: ComponentChildren
  note?: ComponentChildren
  actions?: ComponentChildren
  flush?: boolean
  class?: string
  children?: ComponentChildren
}) {
  const id = useId()
  const head =
    (title || actions) &&
    html`<header class="card-head">
      <div>${title && html`<h2 id=${id}>${title}</h2>`}${note && html`<p class="muted small">${note}</p>`}</div>
      ${actions && html`<div class="row">${actions}</div>`}
    </header>`
  return html`<section class=${classes('card', flush && 'flush', more)} aria-labelledby=${title ? id : undefined}>
    ${head}
    <div class="card-body">${children}</div>
  </section>`
}

import type { ComponentChildren } from 'preact'
import { html } from '../lib/html.ts'

/** A row of figures; its children are `Stat`s. */
export function Stats({ children }: { children?: ComponentChildren }) {
  return html`<dl class="stats">${children}</dl>`
}

/** A figure with its name, and below it (`note`) what it means or how it changed. */
export function Stat({
  label,
  note,
  children,
}: {
  label: string
  note?: ComponentChildren
  children?: ComponentChildren
}) {
  return html`<div class="stat"><dt>${label}</dt><dd>${children}</dd>${note && html`<dd class="note">${note}</dd>`}</div>`
}

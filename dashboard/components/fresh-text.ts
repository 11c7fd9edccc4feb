import { Fragment } from 'preact'
import { html } from '../lib/html.ts'

/**
 * Text that changes where it ends at an edge, as numbers do: it is put there anew each time. Changed in place, one that is a
 * digit longer begins further left, which Chromium takes for something that has moved.
 */
export function FreshText({ text }: { text: string }) {
  return html`<${Fragment} key=${text}>${text}<//>`
}

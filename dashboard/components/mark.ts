import { html } from '../lib/html.ts'

/** An hour that is not over, and its hand. plugins/dashboard/page.ts has the same, for what is painted before scripts. */
export function Mark({ class: name = 'mark' }: { class?: string }) {
  return html`<svg class=${name} viewBox="0 0 32 32" aria-hidden="true"><path d="M6.7 9.5A11.5 11.5 0 1 0 16 4.5M16 16V4.5M16 16l5.5 3.4" /></svg>`
}

import type { ComponentChildren } from 'preact'
import { SyncKairosError } from '../lib/api.ts'
import { explain } from '../lib/failures.ts'
import { classes, html } from '../lib/html.ts'
import { askForToken } from '../lib/token.ts'
import { Button } from './button.ts'
import { Icon, type IconName } from './icon.ts'

/** There is nothing here yet: what it would be, and (children) how to get there. */
export function Empty({
  icon = 'info',
  title,
  text,
  children,
}: {
  icon?: IconName
  title: string
  text?: ComponentChildren
  children?: ComponentChildren
}) {
  return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${text && html`<p>${text}</p>`}${children && html`<div class="row">${children}</div>`}</div>`
}

/** Something failed: what happened, what to do, and how to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, text } = explain(error)
  const denied = error instanceof SyncKairosError && error.kind === 'unauthorised'
  const id = error instanceof SyncKairosError ? error.request_id : null
  return html`<div class="empty failed" role="alert">
    <${Icon} name="warning" /><h2>${title}</h2><p>${text}</p>
    ${id && html`<p class="muted small">Request <code>${id}</code></p>`}
    <div class="row">
      ${denied && html`<${Button} kind="primary" icon="key" onClick=${() => askForToken()}>Enter token<//>`}
      ${onRetry && html`<${Button} icon="refresh" onClick=${onRetry}>Try again<//>`}
    </div>
  </div>`
}

/** The place of what is on its way, as large as that will be: CSS lengths. */
export function Skeleton({
  height = '1.25rem',
  width = '100%',
  lines = 1,
  class: more,
}: {
  height?: string
  width?: string
  lines?: number
  class?: string
}) {
  const bars = Array.from(
    { length: lines },
    (_, i) => html`<div key=${i} class="skeleton" style=${{ height, width }}></div>`,
  )
  return html`<div class=${classes('skeletons', more)} aria-hidden="true">${bars}</div>`
}

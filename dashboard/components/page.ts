import type { ComponentChildren } from 'preact'
import { useTitle } from '../lib/hooks.ts'
import { classes, html } from '../lib/html.ts'
import { Icon } from './icon.ts'

/**
 * What every page begins with: the way back, its name (also of the window, unless `windowTitle` is given), what is to be
 * known at once, and what can be done.
 */
export function Page({
  title,
  windowTitle,
  back,
  badge,
  meta,
  actions,
  class: more,
  children,
}: {
  title: string
  windowTitle?: string
  back?: { href: string; label: string }
  badge?: ComponentChildren
  meta?: ComponentChildren
  actions?: ComponentChildren
  class?: string
  children?: ComponentChildren
}) {
  useTitle(windowTitle ?? title)
  return html`<div class=${classes('page', more)}>
    <header class="page-head">
      <div>
        ${back && html`<a class="back" href=${back.href}><${Icon} name="back" />${back.label}</a>`}
        <div class="page-title"><h1>${title}</h1>${badge}</div>
        ${meta && html`<div class="page-meta">${meta}</div>`}
      </div>
      ${actions && html`<div class="row">${actions}</div>`}
    </header>
    ${children}
  </div>`
}

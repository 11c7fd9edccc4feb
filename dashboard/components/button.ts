import type { ComponentChildren, HTMLAttributes } from 'preact'
import { classes, html } from '../lib/html.ts'
import { Icon, type IconName } from './icon.ts'

export type ButtonProps = {
  /** primary: the one thing to do here; plain: others; quiet: without a frame; danger: what cannot be undone. */
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  size?: 'small' | 'normal' | 'large'
  icon?: IconName
  /** What a button without text does; with text, how it is read out instead. */
  label?: string
  /** Under way: it stays focusable, and does nothing. */
  busy?: boolean
  /** A link that looks like a button. */
  href?: string
  children?: ComponentChildren
} & Omit<HTMLAttributes<HTMLButtonElement>, 'size' | 'icon' | 'label'> & {
    disabled?: boolean
    type?: 'button' | 'submit'
    download?: string
    target?: string
    form?: string
  }

/** A button, or with `href` a link. Other attributes go to the element. */
export function Button(props: ButtonProps) {
  const { kind = 'plain', size = 'normal', icon, label, busy, href, children, class: more, ...rest } = props
  const name = classes('button', kind, size, !children && 'icon-only', busy && 'busy', String(more ?? ''))
  const about = label ? { 'aria-label': label, ...(children ? {} : { title: label }) } : {}
  const content = html`<span class="button-content">${icon && html`<${Icon} name=${icon} />`}${children && html`<span>${children}</span>`}</span>`
  if (href !== undefined) return html`<a class=${name} href=${href} ...${about} ...${rest}>${content}</a>`
  const waiting = busy ? { 'aria-busy': 'true', 'aria-disabled': 'true', onClick: halt } : {}
  return html`<button type="button" class=${name} ...${about} ...${rest} ...${waiting}>${content}</button>`
}

const halt = (event: Event) => event.preventDefault()

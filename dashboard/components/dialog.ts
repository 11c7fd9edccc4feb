import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { classes, html } from '../lib/html.ts'
import { Button } from './button.ts'

/**
 * A native modal dialog: the rest of the page rests, Escape and a click beside it close it, and the focus returns to
 * where it was. Its content is there only while it is open.
 */
export function Dialog({
  open,
  onClose,
  title,
  footer,
  wide,
  children,
}: {
  open: boolean
  onClose(): void
  title: string
  footer?: ComponentChildren
  wide?: boolean
  children?: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    if (open && !dialog?.open) dialog?.showModal()
    if (!open && dialog?.open) dialog.close()
  }, [open])
  // A press that began inside (a selection of text) and ended outside is no click beside it.
  const onPress = (event: PointerEvent) => {
    if (event.target === ref.current) ref.current?.close()
  }
  const content = html`<div class="dialog-inner">
    <header class="dialog-head"><h2 id=${id}>${title}</h2><${Button} kind="quiet" icon="close" label="Close" onClick=${() => ref.current?.close()} /></header>
    <div class="dialog-body">${children}</div>
    ${footer && html`<footer class="dialog-foot">${footer}</footer>`}
  </div>`
  return html`<dialog ref=${ref} class=${classes('dialog', wide && 'wide')} aria-labelledby=${id} onClose=${onClose} onPointerDown=${onPress}>${open && content}</dialog>`
}

/** Asks before something that cannot be undone. `onConfirm` may take its time; the dialog closes when it is done. */
export function Confirm({
  open,
  onClose,
  onConfirm,
  title,
  action,
  busy,
  children,
}: {
  open: boolean
  onClose(): void
  onConfirm(): void
  title: string
  /** What the button says, such as `Delete session`. */
  action: string
  busy?: boolean
  children?: ComponentChildren
}) {
  const footer = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="danger" busy=${busy} onClick=${onConfirm}>${action}<//>`
  return html`<${Dialog} open=${open} onClose=${onClose} title=${title} footer=${footer}>${children}<//>`
}

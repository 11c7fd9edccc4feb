import { html } from '../lib/html.ts'
import { useStore } from '../lib/store.ts'
import { dismiss, type Toast, toasts } from '../lib/toasts.ts'
import { Button } from './button.ts'
import { Icon, type IconName } from './icon.ts'

const ICONS: Record<Toast['kind'], IconName> = { info: 'info', good: 'check', bad: 'warning' }

/** Where lib/toasts.ts speaks; one for all pages. */
export function Toasts() {
  const shown = useStore(toasts)
  return html`<div class="toasts" role="status" aria-live="polite">${shown.map((each) => html`<${One} key=${each.id} ...${each} />`)}</div>`
}

function One({ id, kind, text, action }: Toast) {
  const act = () => {
    action?.run()
    dismiss(id)
  }
  return html`<div class="toast" data-kind=${kind}>
    <${Icon} name=${ICONS[kind]} /><p>${text}</p>
    ${action && html`<${Button} size="small" onClick=${act}>${action.label}<//>`}
    <${Button} kind="quiet" size="small" icon="close" label="Dismiss" onClick=${() => dismiss(id)} />
  </div>`
}

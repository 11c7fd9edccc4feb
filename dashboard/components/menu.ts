import { useId, useRef } from 'preact/hooks'
import { classes, html } from '../lib/html.ts'
import { Button, type ButtonProps } from './button.ts'
import { Icon, type IconName } from './icon.ts'

export type MenuItem = { label: string; icon?: IconName; danger?: boolean; disabled?: boolean } & (
  | { run(): void }
  | { href: string; download?: string }
)

/** A button with a list of things to do behind it. Arrow keys move, Escape closes. */
export function Menu({
  label,
  items,
  icon = 'more',
  kind = 'quiet',
  size = 'normal',
}: {
  label: string
  items: readonly MenuItem[]
  icon?: IconName
  kind?: ButtonProps['kind']
  size?: ButtonProps['size']
}) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const entries = () => [
    ...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])') ?? []),
  ]

  const onToggle = (event: ToggleEvent) => {
    const menu = list.current
    const button = menu?.previousElementSibling
    button?.setAttribute('aria-expanded', String(event.newState === 'open'))
    if (event.newState !== 'open' || !menu || !button) return
    place(menu, button)
    entries()[0]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Tab') list.current?.hidePopover()
    if (to === undefined) return
    event.preventDefault()
    all[(to + all.length) % all.length]?.focus()
  }
  const options = items.map((item) => {
    const name = classes('menu-item', item.danger && 'danger')
    const content = html`${item.icon && html`<${Icon} name=${item.icon} />`}<span>${item.label}</span>`
    const close = () => list.current?.hidePopover()
    if ('href' in item) {
      return html`<a key=${item.label} role="menuitem" tabindex="-1" class=${name} href=${item.href} download=${item.download} onClick=${close}>${content}</a>`
    }
    const run = () => {
      close()
      item.run()
    }
    return html`<button key=${item.label} type="button" role="menuitem" tabindex="-1" class=${name} disabled=${item.disabled} onClick=${run}>${content}</button>`
  })
  return html`<span class="menu">
    <${Button} kind=${kind} size=${size} icon=${icon} label=${label} aria-haspopup="menu" aria-expanded="false" popovertarget=${id} />
    <div ref=${list} id=${id} popover="auto" class="popover menu-list" role="menu" aria-label=${label} onToggle=${onToggle} onKeyDown=${onKeyDown}>${options}</div>
  </span>`
}

/** Below the button, or above where there is no room, and always within the window. */
function place(menu: HTMLElement, button: Element): void {
  const from = button.getBoundingClientRect()
  const below = from.bottom + 4 + menu.offsetHeight <= innerHeight
  menu.style.top = `${Math.max(8, below ? from.bottom + 4 : from.top - 4 - menu.offsetHeight)}px`
  menu.style.left = `${Math.max(8, Math.min(from.left, innerWidth - menu.offsetWidth - 8))}px`
}

import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { html } from '../lib/html.ts'

export type Tab = { id: string; label: string; count?: number; content(): ComponentChildren }

/** Parts of a page of which one is shown. Arrow keys, Home and End move between them. */
export function Tabs({
  label,
  tabs,
  value,
  onChange,
}: {
  label: string
  tabs: readonly Tab[]
  value: string
  onChange(id: string): void
}) {
  const id = useId()
  const chosen = tabs.find((tab) => tab.id === value) ?? tabs[0]
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === chosen?.id)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length]
    if (!next) return
    event.preventDefault()
    onChange(next.id)
    document.getElementById(`${id}-${next.id}`)?.focus()
  }
  const list = tabs.map((tab) => {
    const selected = tab.id === chosen?.id
    return html`<button key=${tab.id} type="button" role="tab" id=${`${id}-${tab.id}`} aria-selected=${selected ? 'true' : 'false'} aria-controls=${selected ? `${id}-panel` : undefined} tabindex=${selected ? 0 : -1} onClick=${() => onChange(tab.id)}>
      ${tab.label}${tab.count !== undefined && html`<span class="count">${tab.count}</span>`}
    </button>`
  })
  return html`<div class="tabs">
    <div role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>${list}</div>
    <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${chosen?.id}`} tabindex="0" key=${chosen?.id}>${chosen?.content()}</div>
  </div>`
}

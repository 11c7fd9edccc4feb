import { type ComponentChildren, cloneElement, type VNode } from 'preact'
import { useId } from 'preact/hooks'
import { classes, html } from '../lib/html.ts'

/** A label, an input, select or textarea (the only child), and below it a hint or what is wrong with its value. */
export function Field({
  label,
  hint,
  error,
  optional,
  unit,
  children,
}: {
  label: ComponentChildren
  hint?: ComponentChildren
  error?: string | null | undefined
  optional?: boolean
  /** Stands behind the value, such as `min`. */
  unit?: string
  children: VNode
}) {
  const id = useId()
  const about = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  const control = cloneElement(children as VNode<object>, {
    id,
    'aria-describedby': about,
    'aria-invalid': error ? 'true' : undefined,
  })
  return html`<div class=${classes('field', error && 'wrong')}>
    <label for=${id}>${label}${optional && html` <span class="muted">optional</span>`}</label>
    <div class="control">${control}${unit && html`<span class="unit" aria-hidden="true">${unit}</span>`}</div>
    ${error ? html`<p class="field-error" id=${`${id}-error`}>${error}</p>` : hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`
}

/** A box to tick. */
export function Check({
  label,
  hint,
  checked,
  onChange,
}: {
  label: ComponentChildren
  hint?: ComponentChildren
  checked: boolean
  onChange(checked: boolean): void
}) {
  const id = useId()
  const change = (event: Event) => onChange((event.currentTarget as HTMLInputElement).checked)
  return html`<div class="check">
    <input type="checkbox" id=${id} checked=${checked} onChange=${change} aria-describedby=${hint ? `${id}-hint` : undefined} />
    <div><label for=${id}>${label}</label>${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}</div>
  </div>`
}

/** One of a few, all of them in sight. */
export function Choice<T extends string>({
  label,
  hidden,
  options,
  value,
  onChange,
}: {
  label: string
  /** Whether the label is only read out. */
  hidden?: boolean
  options: readonly { value: T; label: ComponentChildren }[]
  value: T
  onChange(value: T): void
}) {
  const id = useId()
  const boxes = options.map(
    (each) => html`<label key=${each.value}>
      <input type="radio" name=${id} value=${each.value} checked=${each.value === value} onChange=${() => onChange(each.value)} />
      <span>${each.label}</span>
    </label>`,
  )
  return html`<fieldset class="choice"><legend class=${hidden && 'hidden'}>${label}</legend><div class="segments">${boxes}</div></fieldset>`
}

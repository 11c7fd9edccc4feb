import { useEffect, useState } from 'preact/hooks'
import { html } from '../lib/html.ts'
import { toast } from '../lib/toasts.ts'
import { Button, type ButtonProps } from './button.ts'

const SHOWN_MS = 1500

/** Copies a text. `label` says what is copied; with `children` the button shows text. */
export function CopyButton({
  text,
  label,
  children,
  kind = 'quiet',
  size = 'small',
}: { text: string; label: string } & Pick<ButtonProps, 'children' | 'kind' | 'size'>) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [done])
  const onClick = async () => {
    if (await copy(text)) setDone(true)
    else toast('The browser did not let us copy. Select the text instead.', { kind: 'bad' })
  }
  return html`<${Button} kind=${kind} size=${size} icon=${done ? 'check' : 'copy'} label=${done ? 'Copied' : label} onClick=${onClick}>${children}<//>`
}

/** navigator.clipboard is for https and localhost alone; servers in a local network are often neither. */
async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'hidden'
  const parent = document.querySelector('dialog[open]') ?? document.body
  const before = document.activeElement as HTMLElement | null
  parent.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  before?.focus()
  return done
}

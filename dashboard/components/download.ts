import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { report } from '../lib/failures.ts'
import { html } from '../lib/html.ts'
import { useStore } from '../lib/store.ts'
import { token } from '../lib/token.ts'
import { Button, type ButtonProps } from './button.ts'

/**
 * A file to keep. With `href` it is an ordinary link as long as no token is needed, which links cannot carry; else what
 * `read` resolves with is saved as `name`.
 */
export function Download({
  href,
  name,
  type,
  read,
  label,
  kind = 'plain',
  children,
}: {
  href?: string
  name: string
  /** Such as `text/csv`. */
  type: string
  /** Absent as long as there is nothing to keep. */
  read?: (() => string | Promise<string>) | undefined
  label?: string
  kind?: ButtonProps['kind']
  children?: ComponentChildren
}) {
  const held = useStore(token) !== undefined
  const [busy, setBusy] = useState(false)
  const about = { kind, icon: 'download', ...(label && { label }) } as const
  if (href !== undefined && !held) {
    return html`<${Button} ...${about} href=${href} download=${name}>${children}<//>`
  }
  const onClick = async () => {
    if (!read) return
    setBusy(true)
    try {
      save(await read(), name, type)
    } catch (error) {
      report(error)
    } finally {
      setBusy(false)
    }
  }
  return html`<${Button} ...${about} busy=${busy} disabled=${!read} onClick=${onClick}>${children}<//>`
}

function save(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Some browsers begin to read only after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

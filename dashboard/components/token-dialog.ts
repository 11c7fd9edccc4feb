import { useState } from 'preact/hooks'
import { html } from '../lib/html.ts'
import { useStore } from '../lib/store.ts'
import { toast } from '../lib/toasts.ts'
import { setToken, token, tokenDialog } from '../lib/token.ts'
import { Button } from './button.ts'
import { Dialog } from './dialog.ts'
import { Check, Field } from './field.ts'

const FORM = 'token-form'

/** Where the reader enters the token that changes (and, if the server says so, reading) need. */
export function TokenDialog() {
  const asked = useStore(tokenDialog)
  const current = useStore(token)
  const [text, setText] = useState('')
  const [remember, setRemember] = useState(false)
  const close = () => {
    setText('')
    tokenDialog.set(null)
  }

  const submit = (event: Event) => {
    event.preventDefault()
    const value = text.trim()
    if (value === '') return
    setToken(value, { remember })
    toast('From now on your calls carry this token.', { kind: 'good' })
    close()
  }
  const forget = () => {
    setToken(undefined, { remember: false })
    toast('The token is forgotten.')
    close()
  }
  const footer = html`${current && html`<${Button} kind="quiet" icon="trash" onClick=${forget}>Forget token<//>`}
    <span class="space"></span>
    <${Button} onClick=${close}>Cancel<//><${Button} kind="primary" type="submit" form=${FORM} disabled=${text.trim() === ''}>Use token<//>`
  return html`<${Dialog} open=${asked !== null} onClose=${close} title="Access token" footer=${footer}>
    <form id=${FORM} onSubmit=${submit} class="stack">
      ${asked?.reason && html`<p class="notice">${asked.reason}</p>`}
      <p class="muted">${current ? 'A token is in use. Another one replaces it.' : 'Servers with AUTH_TOKENS let only holders of a token make changes.'}</p>
      <${Field} label="Token">
        <input type="password" autocomplete="off" spellcheck=${false} autofocus value=${text} onInput=${(event: InputEvent) => setText((event.currentTarget as HTMLInputElement).value)} />
      <//>
      <${Check} label="Remember on this device" hint="Otherwise it is forgotten when this tab is closed." checked=${remember} onChange=${setRemember} />
    </form>
  <//>`
}

import { useState } from 'preact/hooks'
import type { PageProps } from '../../components/app.ts'
import { Icon } from '../../components/icon.ts'
import { Page } from '../../components/page.ts'
import type { Session } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import { Created } from './created.ts'
import { SessionForm } from './form.ts'
import { PRESETS, type Preset } from './presets.ts'
import { SameCall } from './same-call.ts'

/** Creates a session, from a preset or from nothing. */
export default function NewSessionPage({ query }: PageProps) {
  const [session, setSession] = useState<Session | null>(null)
  const preset = PRESETS.find(({ id }) => id === query.get('preset')) ?? (PRESETS[0] as Preset)
  const back = { href: '/', label: 'Sessions' }
  if (session) {
    return html`<${Page} class="new-session" title="Session created" back=${back}><${Created} session=${session} /><//>`
  }
  const choices = PRESETS.map(
    ({
      id,
      name,
      about,
      icon,
    }) => html`<button key=${id} type="button" class="preset" aria-pressed=${id === preset.id ? 'true' : 'false'}
      onClick=${() => setQuery({ preset: id })}><${Icon} name=${icon} /><strong>${name}</strong><span class="muted small">${about}</span></button>`,
  )
  return html`<${Page} class="new-session" title="New session" back=${back}>
    <div class="presets" role="group" aria-label="Presets">${choices}</div>
    <${Form} key=${preset.id} preset=${preset} onCreated=${setSession} />
  <//>`
}

function Form({ preset, onCreated }: { preset: Preset; onCreated(session: Session): void }) {
  const [draft, setDraft] = useState(() => preset.draft())
  return html`<div class="columns">
    <${SessionForm} draft=${draft} setDraft=${setDraft} onCreated=${onCreated} />
    <${SameCall} draft=${draft} />
  </div>`
}

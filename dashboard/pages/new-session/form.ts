import { useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Check, Choice, Field } from '../../components/field.ts'
import { type CreateSession, client, newId, type Session, SyncKairosError } from '../../lib/api.ts'
import { report } from '../../lib/failures.ts'
import { html } from '../../lib/html.ts'
import { modeName } from '../../lib/session-meta.ts'
import { toast } from '../../lib/toasts.ts'
import {
  type Draft,
  type Ending,
  hasIncrement,
  hasOwnClocks,
  hasTurns,
  idsByName,
  problemsOf,
  requestOf,
} from './draft.ts'
import { People } from './people.ts'

const MODES: { mode: Draft['mode']; hint: string }[] = [
  { mode: 'per_participant', hint: 'Everybody has a clock, and it runs in their turns: chess, debates.' },
  { mode: 'per_cycle', hint: 'Every turn begins with the same time, whatever was left: auctions, quizzes.' },
  { mode: 'per_group', hint: 'The members of a group share a clock: team games, panels.' },
  { mode: 'global', hint: 'One clock for everybody; turns only say who is on: exams, meetings.' },
  { mode: 'count_up', hint: 'Counts up from zero, to a limit if there is one.' },
]

const ENDINGS: { value: Ending; label: string }[] = [
  { value: 'notify', label: 'Stay, count overtime' },
  { value: 'skip_cycle', label: 'Pass the turn on' },
  { value: 'end_session', label: 'End the session' },
]

const TIMES: Partial<Record<Draft['mode'], { label: string; hint: string }>> = {
  per_cycle: { label: 'Time per turn', hint: 'Like 0:30, 90 s or 2 m' },
  global: { label: 'Time', hint: 'Like 10:00, 45 m or 1 h 30 m' },
  count_up: { label: 'Limit', hint: 'Like 10:00; empty: none' },
}

type Props = {
  draft: Draft
  setDraft(change: (before: Draft) => Draft): void
  onCreated(session: Session): void
}

/** Everything there is to decide about a session, and nothing that its mode does not use. */
export function SessionForm({ draft, setDraft, onCreated }: Props) {
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [now, setNow] = useState(false)
  const [made, setMade] = useState<Session | null>(null)
  const [groupId] = useState(() => idsByName(newId))
  const problems = tried ? problemsOf(draft) : null
  const { mode } = draft
  const time = TIMES[mode]
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const text = (field: 'title' | 'time' | 'increment') => (event: Event) =>
    set({ [field]: (event.currentTarget as HTMLInputElement).value })

  async function submit(event: Event) {
    event.preventDefault()
    setTried(true)
    if (problemsOf(draft)) return
    setBusy(true)
    try {
      const session = made ?? (await createOnce(requestOf(draft, groupId)))
      // What is created is not created again, whatever becomes of its start.
      if (now) setMade(session)
      onCreated(
        now && session.status === 'pending' ? await client.sessions.start(session.session_id) : session,
      )
    } catch (error) {
      report(error)
    } finally {
      setBusy(false)
    }
  }

  return html`<form onSubmit=${submit} novalidate>
    <${Card}>
      <fieldset class="stack form" disabled=${made !== null}>
        <${Field} label="Title" optional><input value=${draft.title} onInput=${text('title')} maxlength="80" autocomplete="off" /><//>
        <${Field} label="Clocks" hint=${MODES.find((each) => each.mode === mode)?.hint}>
          <select value=${mode} onChange=${(event: Event) => set({ mode: (event.currentTarget as HTMLSelectElement).value as Draft['mode'] })}>
            ${MODES.map((each) => html`<option key=${each.mode} value=${each.mode}>${modeName(each.mode)}</option>`)}
          </select>
        <//>
        ${
          time &&
          html`<${Field} label=${time.label} hint=${time.hint} error=${problems?.time} optional=${mode === 'count_up'}>
          <input value=${draft.time} onInput=${text('time')} autocomplete="off" />
        <//>`
        }
        ${
          hasIncrement(mode) &&
          html`<${Field} label="Increment" hint="Added after each turn that ended in time" unit="s" error=${problems?.increment}>
            <input type="number" min="0" max="60" step="any" value=${draft.increment} onInput=${text('increment')} />
          <//>`
        }
        <${People} draft=${draft} problems=${problems} onChange=${(people: Draft['people']) => set({ people })} />
        ${hasOwnClocks(mode) && html`<p class="hint">Times like 5:00, 90 s or 1 h 30 m; a bare number is minutes.</p>`}
        ${
          hasTurns(mode) &&
          html`<${Choice} label="When a clock runs out" options=${ENDINGS} value=${draft.ending} onChange=${(ending: Ending) => set({ ending })} />`
        }
        <${Check} label="Start at once" hint="Otherwise it waits for Start" checked=${now} onChange=${setNow} />
      </fieldset>
      <div class="stack form-end">
        ${problems && html`<p class="field-error" role="alert">${problems.form ?? 'Something above needs another look.'}</p>`}
        ${made && !busy && html`<p class="notice" role="status">The session is created, but it was not started.</p>`}
        <div class="row">
          <${Button} kind="primary" type="submit" size="large" busy=${busy}>${made && !busy ? 'Start session' : 'Create session'}<//>
          ${made && !busy && html`<${Button} size="large" onClick=${() => onCreated(made)}>Go on without starting<//>`}
        </div>
      </div>
    <//>
  </form>`
}

/**
 * Creates the session of this form. When an earlier attempt had done so, unheard, and the form was changed since, the
 * session is as it was then.
 */
async function createOnce(request: CreateSession): Promise<Session> {
  try {
    return await client.sessions.create(request)
  } catch (error) {
    if (!(error instanceof SyncKairosError) || error.code !== 'SESSION_ALREADY_EXISTS') throw error
    toast('It had been created already, as it was before your last changes.')
    return client.sessions.get(request.session_id)
  }
}

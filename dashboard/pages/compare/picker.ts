import { useEffect, useState } from 'preact/hooks'
import { StatusBadge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Dialog } from '../../components/dialog.ts'
import { Icon } from '../../components/icon.ts'
import { Time } from '../../components/time.ts'
import type { Run } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'
import { clientPair, FEWEST_COMPARED, isBaseline, MOST_COMPARED } from '../../lib/run-meta.ts'
import { matches } from '../runs/filters.ts'

/** So many are listed; a search finds the others. */
const LISTED = 100

/** The runs to compare are chosen here. */
export function Picker({
  open,
  runs,
  ids,
  onPick,
  onClose,
}: {
  open: boolean
  runs: readonly Run[]
  ids: readonly string[]
  onPick(ids: string[]): void
  onClose(): void
}) {
  const [picked, setPicked] = useState<readonly string[]>(ids)
  const [q, setQ] = useState('')
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen before counts when the dialog opens
  useEffect(() => {
    setPicked(ids)
    setQ('')
  }, [open])
  const toggle = (id: string, on: boolean) =>
    setPicked((before) => (on ? [...before, id] : before.filter((each) => each !== id)))
  const found = runs.filter((run) =>
    matches(run, { q, status: 'all', network: null, client: null, label: null }),
  )
  const first = found.filter(({ run_id }) => ids.includes(run_id))
  const listed = [...first, ...found.filter(({ run_id }) => !ids.includes(run_id))].slice(0, LISTED)
  const ready = picked.length >= FEWEST_COMPARED
  const footer = html`
    <span class="muted count">${`${picked.length} of ${MOST_COMPARED} at most`}</span>
    <${Button} onClick=${onClose}>Cancel<//>
    <${Button} kind="primary" icon="chart" disabled=${!ready} onClick=${() => onPick([...picked])}>Compare<//>`

  return html`<${Dialog} open=${open} onClose=${onClose} title="Choose runs" footer=${footer} wide>
    <div class="picker">
      <label class="field search"><span class="hidden">Search runs</span><${Icon} name="search" />
        <input type="search" placeholder="Run, client or label" value=${q} onInput=${(event: Event) => setQ((event.currentTarget as HTMLInputElement).value)} />
      </label>
      ${
        listed.length === 0
          ? html`<p class="muted">${runs.length === 0 ? 'There are no runs yet.' : 'No run matches.'}</p>`
          : html`<ul tabindex="-1">${listed.map(
              (run) => html`<li key=${run.run_id}><label>
            <input type="checkbox" checked=${picked.includes(run.run_id)} disabled=${picked.length >= MOST_COMPARED && !picked.includes(run.run_id)}
              onChange=${(event: Event) => toggle(run.run_id, (event.currentTarget as HTMLInputElement).checked)} />
            <span class="what"><strong>${run.run_id}${isBaseline(run) && html` <${Icon} name="flag" label="Baseline" />`}</strong>
              <span class="muted small">${[run.network, clientPair(run)].filter(Boolean).join(' · ')} · <${Time} at=${run.start_time} /></span></span>
            <${StatusBadge} status=${run.status} />
          </label></li>`,
            )}</ul>`
      }
    </div>
  <//>`
}

import { useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Choice } from '../../components/field.ts'
import { Icon } from '../../components/icon.ts'
import { Skeleton } from '../../components/states.ts'
import type { Session, SyncKairosError } from '../../lib/api.ts'
import { inOrder } from '../../lib/clocks.ts'
import { tonesOf } from '../../lib/faces.ts'
import { whyOld } from '../../lib/failures.ts'
import { formatClock, formatCount, formatDateTime, formatDuration, formatTime } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { nameOf } from '../../lib/session-meta.ts'
import type { Entry } from './entries.ts'
import { andLetGo } from './face-card.ts'
import type { Log } from './log.ts'
import { iconOf, isAbout, type Kind, kindOfEntry, wordsOf } from './words.ts'

const SHOWN = 30
/** So many names are a list to choose from. */
const MOST_NAMES = 200

const FILTERS: readonly { value: Kind | 'all'; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'turns', label: 'Turns' },
  { value: 'timeouts', label: 'Time-outs' },
  { value: 'others', label: 'Other' },
]

/** What has happened, the newest first. A press on an event shows the session as it was then. */
export function Timeline({
  session,
  entries,
  log,
  place,
  seek,
}: {
  session: Session
  entries: readonly Entry[]
  log: Log
  /** The entry that is shown; null for the present. */
  place: number | null
  seek(at: number): void
}) {
  const [kind, setKind] = useState<Kind | 'all'>('all')
  const [who, setWho] = useState('')
  const [most, setMost] = useState(SHOWN)
  const find = (kind: Kind | 'all', who: string) => {
    setKind(kind)
    setWho(who)
    setMost(SHOWN)
  }
  const tones = tonesOf(session)
  const found = entries
    .map((entry, i) => ({ entry, i }))
    .filter(
      ({ entry }) => (kind === 'all' || kindOfEntry(entry) === kind) && (who === '' || isAbout(entry, who)),
    )
    .reverse()
  const people = inOrder(session)
  const names =
    people.length > 1 &&
    people.length <= MOST_NAMES &&
    html`<div class="field">
      <select aria-label="Participant" value=${who} onChange=${(event: Event) => find(kind, (event.currentTarget as HTMLSelectElement).value)}>
        <option value="">Everybody</option>
        ${people.map(({ participant_id: id }) => html`<option key=${id} value=${id}>${nameOf(session, id)}</option>`)}
      </select>
    </div>`
  const rows = found.slice(0, most).map(
    ({
      entry,
      i,
    }) => html`<li key=${`${entry.event.version} ${entry.event.type}`} class="event" data-kind=${kindOfEntry(entry)} aria-current=${i === place ? 'true' : undefined}>
      <span class="event-icon" style=${{ '--tone': tones.get(entry.to ?? '') ?? 'var(--line-strong)' }}><${Icon} name=${iconOf(entry)} /></span>
      <button type="button" class="event-what" title="Show the session as it was then" onClick=${andLetGo(() => seek(entry.at))}>${wordsOf(session, entry)}</button>
      <span class="event-more muted small">${detailsOf(entry)}</span>
      <time class="event-at muted small tabular" datetime=${entry.event.at} title=${formatDateTime(entry.at)}>${formatTime(entry.at)}</time>
    </li>`,
  )
  const note =
    entries.length > 0 &&
    `${formatCount(found.length)} of ${formatCount(entries.length)}${log.cut ? ' newest' : ''} events`
  const filters = html`<${Choice} label="Events" hidden options=${FILTERS} value=${kind} onChange=${(value: Kind | 'all') => find(value, who)} />${names}`
  return html`<${Card} title="What happened" note=${note || ' '} class="timeline" actions=${filters} flush>
    ${log.error && html`<p class="notice" role="status">${whyOnlySeen(log.error)}</p>`}
    ${log.loading && entries.length === 0 ? html`<div class="events-loading" aria-busy="true"><${Skeleton} height="2.5rem" lines=${6} /></div>` : html`<ol class="events">${rows}</ol>`}
    ${!log.loading && found.length === 0 && html`<p class="events-none muted">${entries.length === 0 ? 'Nothing yet. What happens appears here.' : 'No event is like that. Choose others above.'}</p>`}
    ${found.length > most && html`<div class="events-more"><${Button} kind="quiet" icon="down" onClick=${() => setMost(most + 10 * SHOWN)}>Show older ones<//></div>`}
    ${found.length <= most && log.cut && html`<p class="events-none muted small">Still older ones are in the export.</p>`}
  <//>`
}

/** Why some of what is shown is what this page has seen itself. */
function whyOnlySeen(error: SyncKairosError): string {
  if (error.code === 'PERSISTENCE_OFF')
    return 'This server keeps no history: here is what happened since you opened this page.'
  if (error.kind === 'limited') return `The history ${whyOld(error)}.`
  return `The history cannot be read now (${error.message}): here is what this page has seen itself.`
}

/** How long the turn took, and what is left. */
function detailsOf({ event, turn_ms }: Entry): string {
  const parts: string[] = []
  if (turn_ms !== null) parts.push(`took ${formatDuration(turn_ms)}`)
  if (turn_ms !== null && event.time_remaining_ms !== null && event.state?.sync_mode !== 'per_cycle')
    parts.push(event.state?.sync_mode === 'count_up' ? '' : `${formatClock(event.time_remaining_ms)} left`)
  return parts.filter(Boolean).join(' · ')
}

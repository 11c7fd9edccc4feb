import { Card } from '../../components/card.ts'
import { Icon } from '../../components/icon.ts'
import { ErrorState, Skeleton } from '../../components/states.ts'
import { Time } from '../../components/time.ts'
import type { Watchers as Answer } from '../../lib/api.ts'
import { whyOld } from '../../lib/failures.ts'
import { formatNumber, shortId } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { useQuery } from '../../lib/query.ts'

const EVERY_MS = 10_000
const SHOWN = 8

/** Who is looking on at present, on all instances. */
export function Watchers({ id }: { id: string }) {
  const { data, error, refresh } = useQuery(
    (signal, { client }) => client.sessions.watchers(id, { signal }),
    [id],
    { interval_ms: EVERY_MS },
  )
  const note = data ? (error ? `This list ${whyOld(error)}` : noteOf(data)) : ' '
  return html`<${Card} title="Connected" note=${note} class="watchers" flush>
    ${!data && (error ? html`<${ErrorState} error=${error} onRetry=${refresh} />` : html`<div class="events-loading" aria-busy="true"><${Skeleton} height="2.25rem" lines=${2} /></div>`)}
    ${data && html`<${List} answer=${data} />`}
  <//>`
}

function noteOf({ total, partial }: Answer): string {
  if (total === 0) return 'Nobody is watching'
  return `${formatNumber(total, 'client')}${partial ? ' on this instance; others cannot be asked now' : ', this page included'}`
}

function List({ answer: { watchers, total } }: { answer: Answer }) {
  const rows = watchers.slice(0, SHOWN).map(
    ({ id, name, transport, instance, connected_at }) => html`<li key=${id} class="watcher">
      <${Icon} name=${transport === 'websocket' ? 'switch' : 'live'} />
      <span class="clip">${name ?? 'Unnamed client'}</span>
      <span class="muted small">since <${Time} at=${connected_at} /></span>
      <span class="watcher-how muted small">${transport === 'websocket' ? 'WebSocket' : 'Event stream'} on instance <code title=${instance}>${shortId(instance)}</code></span>
    </li>`,
  )
  return html`<ul>${rows}</ul>${total > SHOWN && html`<p class="events-none muted small">and ${formatNumber(total - SHOWN, 'other')}</p>`}`
}

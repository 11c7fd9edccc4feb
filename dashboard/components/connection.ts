import { useId, useState } from 'preact/hooks'
import { client, type Connection as State } from '../lib/api.ts'
import { formatDoubt, formatDuration, formatTime } from '../lib/format.ts'
import { type ClockState, isDenied, useClock, useConnection } from '../lib/hooks.ts'
import { classes, html } from '../lib/html.ts'
import { type Reach, useReach } from '../lib/reaching.ts'
import { askForToken } from '../lib/token.ts'
import { Button } from './button.ts'
import { Icon } from './icon.ts'

/** How the page is connected and how exactly it knows the time; details behind it. */
export function Connection() {
  const connection = useConnection()
  const clock = useClock()
  const reach = useReach(connection.status === 'idle')
  const id = useId()
  const [open, setOpen] = useState(false)
  const { tone, word } = describe(connection, reach)
  const known = clock.synced && tone === 'live'
  return html`<div class="connection">
    <button type="button" class="pill" data-tone=${tone} popovertarget=${id}>
      <span class="hidden">Connection: </span>
      <span class="dot" aria-hidden="true"></span><span class="word">${word}</span>
      ${known && html`<span class="precision tabular">${formatDoubt(clock.uncertainty)}</span>`}
    </button>
    <div id=${id} popover="auto" class=${classes('popover', 'connection-details')} role="dialog" aria-label="Connection" onToggle=${(event: ToggleEvent) => setOpen(event.newState === 'open')}>
      ${open && html`<${Details} connection=${connection} clock=${clock} />`}
    </div>
  </div>`
}

function Details({ connection, clock }: { connection: State; clock: ClockState }) {
  const { status, transport, since, attempt, retry_at } = connection
  const denied = isDenied(connection)
  const rows: [string, string][] = [
    ['Server', client.url],
    [
      'Live updates',
      status === 'idle' ? 'not needed on this page' : denied ? 'refused' : transportOf(connection),
    ],
  ]
  if (status !== 'idle') rows.push(['Since', formatTime(since)])
  if (status === 'offline' && !denied) rows.push(['Attempts', String(attempt)])
  if (retry_at !== null && status === 'offline') rows.push(['Next attempt', formatTime(retry_at)])
  if (clock.synced) {
    rows.push(['Clock known to', formatDoubt(clock.uncertainty)])
    rows.push(['This device is', offsetOf(clock)])
  }
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${transport === 'sse' && html`<p class="muted small"><${Icon} name="info" /> WebSockets are blocked on the way: updates come as an event stream.</p>`}
    ${denied && html`<${Button} kind="primary" icon="key" onClick=${() => askForToken('The server refuses what this page has: it asks for a valid token.')}>Enter token<//>`}`
}

const TRANSPORTS = { websocket: 'by WebSocket', sse: 'by event stream' }

const transportOf = ({ status, transport }: State) =>
  status === 'live' && transport ? TRANSPORTS[transport] : status

const offsetOf = ({ offset, uncertainty }: ClockState) =>
  Math.abs(offset) <= uncertainty
    ? 'right'
    : `${formatDuration(Math.abs(offset))} ${offset > 0 ? 'behind' : 'ahead'}`

/** A page without a socket knows by its questions. */
function describe(connection: State, reach: Reach['status']): { tone: string; word: string } {
  const { status, code } = connection
  if (status === 'live') return { tone: 'live', word: 'Live' }
  if (isDenied(connection)) return { tone: 'offline', word: 'No access' }
  if (status === 'connecting') return { tone: 'waiting', word: 'Connecting' }
  if (status === 'offline') return { tone: 'offline', word: 'Offline' }
  if (status === 'closed') return { tone: 'offline', word: code ? 'No access' : 'Closed' }
  if (reach === 'lost') return { tone: 'offline', word: 'Offline' }
  return reach === 'reached' ? { tone: 'live', word: 'Online' } : { tone: 'waiting', word: 'Connecting' }
}

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { elapsed, type Session, type SessionStats, used } from '../../lib/api.ts'
import { inOrder } from '../../lib/clocks.ts'
import { tonesOf } from '../../lib/faces.ts'
import { formatClock, formatDuration, formatNumber, formatPercent } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { useQuery } from '../../lib/query.ts'
import { nameOf } from '../../lib/session-meta.ts'
import { onFrame } from '../../lib/ticker.ts'
import { type Entry, turnsOf } from './entries.ts'
import type { Log } from './log.ts'

const SHOWN = 8
/** How often the server counts anew what this page has not seen all of. */
const COUNTED_MS = 30_000

type Figures = Map<string, { longest_ms: number; average_ms: number | null }>

/** How much time each has used, and how long their turns are. */
export function Usage({
  session,
  now,
  entries,
  past,
  log,
}: {
  session: Session
  now(): number
  /** What had happened by the instant that is shown. */
  entries: readonly Entry[]
  past: boolean
  log: Log
}) {
  const [all, showAll] = useState(false)
  const { figures, missing } = useFigures(session.session_id, entries, past, log)
  const people = inOrder(session)
  const shown = all ? people : people.slice(0, SHOWN)
  const tones = tonesOf(session)
  const total = () => elapsed(session, null, now())
  const rows = shown.map(({ participant_id: id, cycle_count }) => {
    const turns = figures?.get(id)
    const about =
      turns && turns.average_ms !== null
        ? `${formatDuration(turns.average_ms)} a turn · longest ${formatDuration(turns.longest_ms)}`
        : formatNumber(cycle_count, 'turn')
    return html`<li key=${id} class="usage-row">
      <span class="clip">${nameOf(session, id)}</span>
      <${Bar} name=${nameOf(session, id)} tone=${tones.get(id) ?? ''} read=${() => used(session, id, now())} total=${total} />
      <span class="usage-about muted small tabular">${about}</span>
    </li>`
  })
  return html`<${Card} title="Time used" class="usage" note=${`Bars are shares of the time that all have used${missing ? '; the server does not tell now how long turns were' : ''}`}>
    <ul class="stack">${rows}</ul>
    ${people.length > SHOWN && html`<${Button} kind="quiet" size="small" icon=${all ? 'up' : 'down'} onClick=${() => showAll(!all)}>${all ? 'Show fewer' : `Show all ${people.length}`}<//>`}
  <//>`
}

/** Counted here where all that happened is known, else by the server. */
function useFigures(id: string, entries: readonly Entry[], past: boolean, log: Log) {
  const [first] = log.events
  const complete = past || (!log.cut && first?.type === 'session.created')
  const { data, error } = useQuery((signal, { client }) => client.sessions.stats(id, {}, { signal }), [id], {
    enabled: !complete && first !== undefined && !log.loading && !log.error,
    interval_ms: COUNTED_MS,
  })
  const counted = useMemo(() => (complete ? turnsOf(entries) : null), [complete, entries])
  const figures: Figures | null = counted ?? (data ? figuresOf(data) : null)
  return { figures, missing: !figures && error !== undefined }
}

function figuresOf({ participants }: SessionStats): Figures {
  return new Map(
    participants.map((each) => [
      each.participant_id,
      { longest_ms: each.longest_turn_ms, average_ms: each.average_turn_ms },
    ]),
  )
}

/** A share of all, as it grows. */
function Bar({ name, tone, read, total }: { name: string; tone: string; read(): number; total(): number }) {
  const ref = useRef<HTMLDivElement>(null)
  const latest = useRef({ read, total })
  latest.current = { read, total }
  // Before anything is painted: a line without its figures is lower.
  useLayoutEffect(() => {
    const element = ref.current
    const [bar, text, percent] = element?.children ?? []
    if (!element || !bar || !text || !percent) return
    const write = () => {
      const ms = latest.current.read()
      const share = ms / Math.max(1, latest.current.total())
      const shown = formatClock(ms, { tenths: 'never', down: false })
      const scale = share.toFixed(3)
      if (element.style.getPropertyValue('--share') !== scale) {
        element.style.setProperty('--share', scale)
        percent.textContent = formatPercent(share * 100, 0)
      }
      if (text.textContent !== shown) text.textContent = shown
    }
    write()
    return onFrame(element, write)
  }, [])
  return html`<div ref=${ref} class="usage-bar" style=${{ '--tone': tone }}>
    <div class="usage-line" aria-hidden="true"></div><span class="figure" role="timer" aria-label=${`Time that ${name} has used`}></span><span class="muted small tabular"></span>
  </div>`
}

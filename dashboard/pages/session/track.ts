import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Button } from '../../components/button.ts'
import type { Session } from '../../lib/api.ts'
import { tonesOf } from '../../lib/faces.ts'
import { formatDuration, formatTime } from '../../lib/format.ts'
import { useHotkey, useNow } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { nameOf } from '../../lib/session-meta.ts'
import { onFrame } from '../../lib/ticker.ts'
import { type Entry, placeAt, type Span, spansOf } from './entries.ts'
import { andLetGo } from './face-card.ts'
import type { Replay } from './replay.ts'

const STEPS = 2000

/**
 * All that has happened, from its beginning (the start of the session, mostly) to `end()`: who had the turn when, and a
 * slider over it.
 */
export function Track({
  session,
  entries,
  replay,
  end,
  moving,
}: {
  session: Session
  entries: readonly Entry[]
  replay: Replay
  end(): number
  /** The end is the present. */
  moving: boolean
}) {
  useNow(1000)
  const input = useRef<HTMLInputElement>(null)
  const first = entries.find(({ event }) => event.type !== 'session.created') ?? entries[0]
  const from = first?.at ?? 0
  const last = end()
  const length = Math.max(1, last - from)
  const ready = entries.length > 1

  const latest = useRef({ replay, end, from })
  latest.current = { replay, end, from }
  useEffect(() => {
    const element = input.current
    if (!element) return
    return onFrame(element, () => {
      const { replay, end, from } = latest.current
      const value = String(Math.round((STEPS * (replay.now() - from)) / Math.max(1, end() - from)))
      if (element.value !== value) element.value = value
    })
  }, [])

  const at = Math.min(last, Math.max(from, replay.now()))
  const onInput = (event: Event) =>
    replay.seek(from + (Number((event.currentTarget as HTMLInputElement).value) / STEPS) * length)
  useHotkey('[', () => replay.step(-1))
  useHotkey(']', () => replay.step(1))

  return html`<div class="track">
    <${Button} kind="quiet" size="small" icon="step-back" label="Event before" aria-keyshortcuts="[" disabled=${!ready} onClick=${andLetGo(() => replay.step(-1))} />
    <div class="track-line">
      <${Turns} session=${session} entries=${entries} from=${from} end=${last} />
      <input ref=${input} type="range" min="0" max=${STEPS} step="1" aria-label="Moment that is shown" disabled=${!ready}
        aria-valuetext=${`${formatTime(at)}, ${turnAt(session, entries, at)}`} onInput=${onInput} />
    </div>
    <${Button} kind="quiet" size="small" icon="step" label="Event after" aria-keyshortcuts="]" disabled=${!ready} onClick=${andLetGo(() => replay.step(1))} />
    <div class="track-ends muted small tabular" aria-hidden="true">
      <span>${ready ? formatTime(from) : ''}</span><span>${ready ? formatDuration(Math.round(length / 1000) * 1000) : 'Nothing has happened yet'}</span><span>${ready ? (moving ? 'now' : formatTime(last)) : ''}</span>
    </div>
  </div>`
}

function turnAt(session: Session, entries: readonly Entry[], at: number): string {
  const state = entries[placeAt(entries, at)]?.state
  const id = state?.active_participant_id
  return id ? `turn of ${nameOf(session, id)}` : 'nobody has the turn'
}

/** One bar for each stretch in which somebody's clock ran, in the colour of who that was. */
function Turns({
  session,
  entries,
  from,
  end,
}: {
  session: Session
  entries: readonly Entry[]
  from: number
  end: number
}) {
  // Only the last bar grows: the others are drawn when an event comes.
  const past = useMemo(
    () => pathsOf(session, spansOf(entries, entries.at(-1)?.at ?? 0), from),
    [session, entries, from],
  )
  const now = useMemo(() => spansOf(entries.slice(-1), end), [entries, end])
  const paths = [...past, ...pathsOf(session, now, from)]
  return html`<svg class="turns" aria-hidden="true" viewBox=${`0 0 ${Math.max(1, end - from)} 1`} preserveAspectRatio="none">
    ${paths.map(({ tone, path }, i) => html`<path key=${i} d=${path} style=${{ fill: tone }} />`)}
  </svg>`
}

function pathsOf(session: Session, spans: readonly Span[], start: number): { tone: string; path: string }[] {
  const tones = tonesOf(session)
  const paths = new Map<string, string>()
  for (const { participant_id, from, to } of spans) {
    const tone = tones.get(participant_id) ?? 'var(--neutral)'
    paths.set(
      tone,
      `${paths.get(tone) ?? ''}M${Math.max(0, from - start)} 0H${Math.max(0, to - start)}V1H${Math.max(0, from - start)}z`,
    )
  }
  return [...paths].map(([tone, path]) => ({ tone, path }))
}

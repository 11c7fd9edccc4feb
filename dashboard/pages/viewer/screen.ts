import { useRef } from 'preact/hooks'
import { FaceBar, FaceClock, useWidest } from '../../components/face-clock.ts'
import { Icon, type IconName } from '../../components/icon.ts'
import type { Session } from '../../lib/api.ts'
import { type Face, isLimitedFace, nextOf, readFace, stageOf } from '../../lib/clocks.ts'
import { nameOfFace, nextName, toneOf, turnName } from '../../lib/faces.ts'
import { formatNumber } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'
import { frameTime } from '../../lib/ticker.ts'

/** So many small clocks can still be read from afar. */
const MOST_SMALL = 6

/** One clock as large as the screen, or two beside each other; of more, the running one, and below it who comes next. */
export function Screen({ session }: { session: Session }) {
  const ref = useRef<HTMLDivElement>(null)
  const { hero, faces } = stageOf(session)
  const duel = !hero && faces.length === 2
  const main = hero ?? faces.find(({ active }) => active) ?? faces[0]
  const large = duel ? faces : main ? [main] : []
  const others = duel
    ? []
    : upNext(
        session,
        faces.filter((face) => face !== main && face.key !== main?.key),
      )
  useWidest(ref, () => large.map((face) => readFace(session, face, frameTime())))
  const state = stateOf(session)
  return html`<div ref=${ref} class="viewer-screen" data-duel=${duel}>
    <header class="viewer-head">
      <h1 class="clip">${titleOf(session)}</h1>
      ${state && html`<p class="viewer-state" data-state=${state.state}><${Icon} name=${state.icon} />${state.text}</p>`}
    </header>
    <div class="viewer-panes">${large.map((face) => html`<${Pane} key=${face.key} session=${session} face=${face} duel=${duel} />`)}</div>
    ${others.length > 0 && html`<${Others} session=${session} faces=${others} />`}
  </div>`
}

/** What is to be seen without a look at the digits; while the clock runs, that it does is enough. */
function stateOf({ status }: Session): { icon: IconName; text: string; state: string } | null {
  switch (status) {
    case 'pending':
      return { icon: 'pending', text: 'Not started', state: 'neutral' }
    case 'paused':
      return { icon: 'pause', text: 'Paused', state: 'paused' }
    case 'expired':
      return { icon: 'hourglass', text: 'Time is up', state: 'failed' }
    case 'completed':
      return { icon: 'check', text: 'Completed', state: 'done' }
    case 'cancelled':
      return { icon: 'close', text: 'Cancelled', state: 'stale' }
    default:
      return null
  }
}

function Pane({ session, face, duel }: { session: Session; face: Face; duel: boolean }) {
  const read = () => readFace(session, face, frameTime())
  const active = duel ? face.active : session.active_participant_id !== null
  const [first] = face.members
  const id = face.members.find((each) => each.participant_id === session.active_participant_id) ?? first
  return html`<section class="pane" data-active=${active} style=${{ '--tone': toneOf(session, id?.participant_id ?? '') }}>
    <h2 class="pane-name">${active && session.status === 'running' && html`<${Icon} name="play" label="On the clock:" />`}<span class="clip">${paneName(session, face, duel)}</span></h2>
    <div class="pane-time"><${FaceClock} read=${read} label=${`Clock of ${nameOfFace(session, face)}`} /></div>
    <div class="pane-foot">${isLimitedFace(session, face) && html`<${FaceBar} read=${read} />`}<p class="pane-about clip">${about(session, face, duel)}</p></div>
  </section>`
}

/** Whose turn it is, large; of a shared clock with who uses it now. */
function paneName(session: Session, face: Face, duel: boolean): string {
  const name = nameOfFace(session, face)
  if (!duel) return turnName(session) ?? name
  if (face.members.length === 1) return name
  return face.active ? `${name}: ${turnName(session)}` : name
}

function about(session: Session, face: Face, duel: boolean): string {
  const next = nextOf(session)
  if (duel && face.members.length > 0 && face.members.every((each) => each.has_expired)) return 'Out of time'
  if (duel || next === null || session.status === 'pending' || session.participants.length === 1) return ''
  return `Next: ${nextName(session)}`
}

/** Those who wait, the next one first. */
function upNext(session: Session, faces: readonly Face[]): Face[] {
  const next = nextOf(session)
  const at = Math.max(
    0,
    faces.findIndex(({ members }) => members.some((each) => each.participant_id === next)),
  )
  return [...faces.slice(at), ...faces.slice(0, at)]
}

function Others({ session, faces }: { session: Session; faces: readonly Face[] }) {
  const shown = faces.slice(0, MOST_SMALL)
  const hidden = faces.length - shown.length
  const places = shown.length + Math.min(1, hidden)
  // On upright screens, in rows as even as they can be.
  const columns = places <= 3 ? places : Math.ceil(places / 2)
  return html`<ul class="viewer-others" style=${{ '--columns': columns }}>
    ${shown.map((face) => {
      const name = nameOfFace(session, face)
      return html`<li key=${face.key} data-active=${face.active}><span class="clip">${name}</span><${FaceClock} read=${() => readFace(session, face, frameTime())} label=${`Clock of ${name}`} /></li>`
    })}
    ${hidden > 0 && html`<li class="more">and ${formatNumber(hidden, 'other')}</li>`}
  </ul>`
}

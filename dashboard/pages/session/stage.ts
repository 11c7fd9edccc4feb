import { useRef } from 'preact/hooks'
import { FaceBar, FaceClock, useWidest } from '../../components/face-clock.ts'
import { Icon } from '../../components/icon.ts'
import type { Session } from '../../lib/api.ts'
import { type Face, inOrder, isLimitedFace, MOST_CARDS, readFace, stageOf } from '../../lib/clocks.ts'
import { nameOfFace, nextName, toneOf, turnName } from '../../lib/faces.ts'
import { formatClock, formatNumber } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { Crowd } from './crowd.ts'
import { FaceCard, labelOf, Person, type Shown } from './face-card.ts'

/** The clocks of a session, large, as they are at `now()`. With `take`, a press gives somebody the turn. */
export function Stage({ session, now, take }: Shown) {
  const ref = useRef<HTMLDivElement>(null)
  const { hero, faces, people } = stageOf(session)
  // Below a clock above all, others are small: they do not count.
  const large = hero ? [hero] : faces
  useWidest(ref, () => large.map((face) => readFace(session, face, now())))
  const digits = new Map(inOrder(session).map((each, i) => [each.participant_id, i < 9 ? i + 1 : null]))
  const digitOf = (face: Face) => digits.get(face.members[0]?.participant_id ?? '') ?? null
  const shape = faces.length === 2 && !hero ? 'duel' : 'grid'
  // Rows as even as they can be: five are three and two.
  const columns = Math.ceil(faces.length / Math.ceil(faces.length / 4))
  const cards = html`<div class=${shape} style=${{ '--columns': columns }}>${faces.map(
    (face) =>
      html`<${FaceCard} key=${face.key} session=${session} now=${now} take=${take} face=${face} digit=${digitOf(face)} />`,
  )}</div>`
  const crowd = html`<${Crowd} session=${session} now=${now} take=${take} faces=${faces} people=${people} />`
  const others =
    faces.length > MOST_CARDS || people.length > MOST_CARDS ? crowd : faces.length > 0 ? cards : null
  return html`<div ref=${ref} class="clocks" data-status=${session.status}>
    ${hero && html`<${Hero} session=${session} now=${now} face=${hero} small=${others !== null} />`}
    ${others}
    ${
      people.length > 0 &&
      people.length <= MOST_CARDS &&
      html`<ul class="people">${people.map(
        (each) =>
          html`<li key=${each.participant_id}><${Person} session=${session} participant=${each} take=${take} /></li>`,
      )}</ul>`
    }
  </div>`
}

/** The clock above all. */
function Hero({ session, now, face, small }: Omit<Shown, 'take'> & { face: Face; small: boolean }) {
  const read = () => readFace(session, face, now())
  const name = nameOfFace(session, face)
  const id = session.active_participant_id ?? face.members[0]?.participant_id ?? ''
  // The time of everybody is not that of whose turn it is.
  const title = face.sum ? name : (turnName(session) ?? name)
  return html`<article class="face hero" data-active=${session.active_participant_id !== null} data-small=${small} style=${{ '--tone': toneOf(session, id) }}>
    <header>
      <h2 class="face-name">${!face.sum && html`<span class="tone" aria-hidden="true"></span>`}<span class="clip">${title}</span></h2>
      <span class="face-word">${heroWord(session, face)}</span>
    </header>
    <div class="face-time"><${FaceClock} read=${read} label=${labelOf(session, name)} /></div>
    ${isLimitedFace(session, face) && html`<${FaceBar} read=${read} />`}
    <p class="face-about">${heroAbout(session)}</p>
  </article>`
}

function heroWord({ status }: Session, { sum, members }: Face) {
  if (status === 'running' && !sum && members.every((each) => each.has_expired))
    return html`<${Icon} name="hourglass" />Over time`
  if (status === 'running') return html`<${Icon} name="play" />${sum ? 'Running' : 'On the clock'}`
  if (status === 'paused') return html`<${Icon} name="pause" />Paused`
  if (status === 'pending') return sum ? null : html`<${Icon} name="next" />Begins`
  if (status === 'expired') return html`<${Icon} name="hourglass" />Out of time`
  return html`<${Icon} name="check" />Over`
}

/** What there is to know of the one clock. */
function heroAbout(session: Session): string {
  const clock = (ms: number) => formatClock(ms, { tenths: 'never' })
  const { sync_mode, participants, max_time_ms } = session
  const parts: string[] = []
  const first = participants[0]
  if (sync_mode === 'count_up') {
    if (max_time_ms !== null)
      parts.push(`stops at ${clock(max_time_ms)}${participants.length > 1 ? ' each' : ''}`)
    else parts.push('no limit')
  } else if (first)
    parts.push(`of ${clock(first.granted_time_ms)}${sync_mode === 'per_cycle' ? ' each turn' : ''}`)
  const turns = participants.reduce((sum, each) => sum + each.cycle_count, 0)
  if (participants.length > 1) parts.push(formatNumber(turns, 'turn'))
  const next = nextName(session)
  if (next && participants.length > 1 && session.status !== 'pending') parts.push(`next: ${next}`)
  return parts.join(' · ')
}

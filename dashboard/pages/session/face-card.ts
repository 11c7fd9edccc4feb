import { FaceBar, FaceClock } from '../../components/face-clock.ts'
import { Icon, type IconName } from '../../components/icon.ts'
import type { Participant, Session } from '../../lib/api.ts'
import { type Face, isLimitedFace, nextOf, type Reading, readFace } from '../../lib/clocks.ts'
import { nameOfFace, toneOf } from '../../lib/faces.ts'
import { formatDuration, formatNumber } from '../../lib/format.ts'
import { classes, html } from '../../lib/html.ts'
import { nameOf } from '../../lib/session-meta.ts'

/** Gives somebody the turn; absent when that cannot be done now. */
export type Take = ((participant_id: string) => void) | null

export type Shown = { session: Session; now(): number; take: Take }

/** Leaves the focus with the page when a pointer did it, so that keys go on meaning what they mean there. */
export const andLetGo = (run: () => void) => (event: MouseEvent) => {
  if (event.detail > 0) (event.currentTarget as HTMLElement).blur()
  run()
}

/** What is to be said of a clock: a word and a sign beside its colour. */
function wordOf(session: Session, face: Face): { icon: IconName; text: string } | null {
  const [first] = face.members
  const out = face.members.length > 0 && face.members.every((each) => each.has_expired)
  if (session.status === 'running' && face.active)
    return out ? { icon: 'hourglass', text: 'Over time' } : { icon: 'play', text: 'On the clock' }
  if (session.status === 'paused' && face.active) return { icon: 'pause', text: 'Paused' }
  if (out) return { icon: 'hourglass', text: 'Out of time' }
  if (face.members.some((each) => each.participant_id === nextOf(session)))
    return first && session.status === 'pending'
      ? { icon: 'next', text: 'Begins' }
      : { icon: 'next', text: 'Next' }
  return null
}

/** One clock beside others. A press on it gives its owner the turn. */
export function FaceCard({ session, now, take, face, digit }: Shown & { face: Face; digit: number | null }) {
  const read = (): Reading => readFace(session, face, now())
  const name = nameOfFace(session, face)
  const [first] = face.members
  if (!first) return null
  const word = wordOf(session, face)
  const alone = face.members.length === 1
  return html`<article class="face" data-active=${face.active} style=${{ '--tone': toneOf(session, first.participant_id) }}>
    <header>
      <h2 class="face-name"><span class="tone" aria-hidden="true"></span><span class="clip" title=${name}>${name}</span></h2>
      ${word && html`<span class=${classes('face-word', word.icon === 'hourglass' && 'out')}><${Icon} name=${word.icon} />${word.text}</span>`}
    </header>
    <div class="face-time"><${FaceClock} read=${read} label=${labelOf(session, name)} /></div>
    ${isLimitedFace(session, face) && html`<${FaceBar} read=${read} />`}
    ${alone ? html`<${About} session=${session} participant=${first} />` : html`<${Members} session=${session} members=${face.members} take=${take} />`}
    ${alone && html`<${Taker} session=${session} participant=${first} take=${take} digit=${digit} />`}
  </article>`
}

export const labelOf = (session: Session, name: string): string =>
  session.sync_mode === 'count_up' ? `Time of ${name}` : `Time left for ${name}`

function About({ session, participant }: { session: Session; participant: Participant }) {
  const { participant_id, cycle_count } = participant
  const turns = cycle_count === 0 ? 'No turn yet' : formatNumber(cycle_count, 'turn')
  const parts = [participant_id === session.active_participant_id ? `Turn ${cycle_count + 1}` : turns]
  const { increment_ms } = session
  if (increment_ms && session.sync_mode === 'per_participant')
    parts.push(`+${formatDuration(increment_ms)} a turn`)
  return html`<p class="face-about">${parts.join(' · ')}</p>`
}

/** Covers the card, so that it can be pressed everywhere. */
function Taker({
  session,
  participant,
  take,
  digit,
}: {
  session: Session
  participant: Participant
  take: Take
  digit: number | null
}) {
  if (!take || participant.participant_id === session.active_participant_id) return null
  const label = `Give the turn to ${nameOf(session, participant.participant_id)}`
  return html`<button type="button" class="take" aria-label=${label} aria-keyshortcuts=${digit ? String(digit) : undefined}
    onClick=${andLetGo(() => take(participant.participant_id))}><span class="take-hint" aria-hidden="true">Give turn${digit && html` <kbd>${digit}</kbd>`}</span></button>`
}

/** Those who share a clock. */
function Members({
  session,
  members,
  take,
}: {
  session: Session
  members: readonly Participant[]
  take: Take
}) {
  return html`<ul class="members">${members.map((each) => html`<li key=${each.participant_id}><${Person} session=${session} participant=${each} take=${take} /></li>`)}</ul>`
}

/** Somebody without a clock of their own. A press gives them the turn. */
export function Person({
  session,
  participant,
  take,
}: {
  session: Session
  participant: Participant
  take: Take
}) {
  const id = participant.participant_id
  const name = nameOf(session, id)
  const active = id === session.active_participant_id
  const next = id === nextOf(session)
  const content = html`<span class="tone" aria-hidden="true" style=${{ '--tone': toneOf(session, id) }}></span><span class="clip">${name}</span>
    ${active && html`<${Icon} name=${session.status === 'paused' ? 'pause' : 'play'} label="has the turn" />`}
    ${next && !active && html`<span class="hint">${session.status === 'pending' ? 'begins' : 'next'}</span>`}`
  if (!take || active) return html`<span class=${classes('person', active && 'active')}>${content}</span>`
  return html`<button type="button" class="person" onClick=${andLetGo(() => take(id))}><span class="hidden">Give the turn to</span>${content}</button>`
}

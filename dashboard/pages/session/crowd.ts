import { useEffect, useMemo, useRef } from 'preact/hooks'
import { FaceClock } from '../../components/face-clock.ts'
import { Icon } from '../../components/icon.ts'
import type { Participant } from '../../lib/api.ts'
import { type Face, readFace } from '../../lib/clocks.ts'
import { nameOfFace, tonesOf } from '../../lib/faces.ts'
import { formatNumber } from '../../lib/format.ts'
import { classes, html } from '../../lib/html.ts'
import { nameOf } from '../../lib/session-meta.ts'
import { andLetGo, labelOf, type Shown } from './face-card.ts'

type Row = { participant: Participant; name: string; face: Face | null; active: boolean }

/** Many, as a list that scrolls by itself; whose turn it is stays in sight. */
export function Crowd({
  session,
  now,
  take,
  faces,
  people,
}: Shown & { faces: readonly Face[]; people: readonly Participant[] }) {
  const ref = useRef<HTMLUListElement>(null)
  const active = session.active_participant_id
  useEffect(() => {
    const list = ref.current
    const row = active === null ? null : list?.querySelector<HTMLElement>('.active')
    if (list && row) list.scrollTop = row.offsetTop - list.clientHeight / 3
  }, [active])
  const tones = useMemo(() => tonesOf(session), [session])
  const rows: Row[] = faces.length
    ? faces.flatMap((face) => {
        const participant = face.members[0]
        return participant
          ? [{ participant, face, name: nameOfFace(session, face), active: face.active }]
          : []
      })
    : people.map((participant) => {
        const id = participant.participant_id
        return { participant, face: null, name: nameOf(session, id), active: id === active }
      })
  const items = rows.map(({ participant, name, face, active }) => {
    const id = participant.participant_id
    const content = html`<span class="tone" aria-hidden="true" style=${{ '--tone': tones.get(id) }}></span>
      <span class="clip">${name}</span>
      ${active && html`<${Icon} name="play" label="has the turn" />`}
      ${participant.has_expired && html`<${Icon} name="hourglass" label="out of time" />`}
      <span class="muted small tabular">${formatNumber(participant.cycle_count, 'turn')}</span>`
    const clock =
      face &&
      html`<${FaceClock} read=${() => readFace(session, face, now())} label=${labelOf(session, name)} />`
    const give =
      take &&
      !active &&
      html`<button type="button" class="take" aria-label=${`Give the turn to ${name}`} onClick=${andLetGo(() => take(id))}></button>`
    return html`<li key=${id} class=${classes('crowd-row', active && 'active')}>${content}${clock}${give}</li>`
  })
  return html`<ul ref=${ref} class="crowd" tabindex="0" aria-label="Participants">${items}</ul>`
}

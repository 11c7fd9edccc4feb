import type { Session } from '../../sdk/index.ts'
import { type Face, inOrder, nextOf, readFace, stageOf } from './clocks.ts'
import { colorOf, nameOf, titleOf } from './session-meta.ts'

const TONES = 6

/** A CSS colour for a participant: that of its maker, else one of a few that are told apart. Never the only sign. */
export function toneOf(session: Session, participant_id: string): string {
  const place = inOrder(session).findIndex((each) => each.participant_id === participant_id)
  return colorOf(session, participant_id) ?? `var(--series-${(Math.max(0, place) % TONES) + 1})`
}

/** Tones of all, for those who need many at once. */
export function tonesOf(session: Session): Map<string, string> {
  return new Map(
    inOrder(session).map(({ participant_id: id }, i) => [
      id,
      colorOf(session, id) ?? `var(--series-${(i % TONES) + 1})`,
    ]),
  )
}

/** What a clock is called: after whom it belongs to. */
export function nameOfFace(session: Session, face: Face): string {
  const [first] = face.members
  if (face.sum) return 'In total'
  if (session.sync_mode === 'global' && face.members.length > 1) return 'Everybody'
  if (!first) return ''
  if (session.sync_mode !== 'per_group' || face.members.length === 1)
    return nameOf(session, first.participant_id)
  return `Group ${groupsOf(session).indexOf(first.group_id ?? '') + 1}`
}

const groups = new WeakMap<Session, string[]>()

/** The groups in the order of their first turns; those of one count, too. */
function groupsOf(session: Session): string[] {
  const known = groups.get(session)
  if (known) return known
  const found = [...new Set(inOrder(session).map((each) => each.group_id ?? each.participant_id))]
  groups.set(session, found)
  return found
}

/** Of whose turn it is; null when it is nobody's. */
export const turnName = (session: Session): string | null =>
  session.active_participant_id === null ? null : nameOf(session, session.active_participant_id)

/** Of whose turn comes next. */
export function nextName(session: Session): string | null {
  const next = nextOf(session)
  return next === null ? null : nameOf(session, next)
}

/** What a window is called at `now`: `4:59 Ada · Chess final`, in full seconds, as a title is not to flicker. */
export function titleAt(session: Session, now: number): string {
  const { hero, faces } = stageOf(session)
  const face = hero ?? faces.find(({ active }) => active) ?? null
  const name = titleOf(session)
  if (!face || session.session_completed_at !== null) return `${name} · SyncKairos`
  const text = readFace(session, face, now).text.split('.')[0]
  const turn = turnName(session)
  const state = session.status === 'paused' ? '‖ ' : ''
  return `${state}${text}${turn ? ` ${turn}` : ''} · ${name}`
}

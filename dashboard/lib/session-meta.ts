import type { Session } from './api.ts'
import { shortId } from './format.ts'

type Metadata = {
  title?: unknown
  kind?: unknown
  participants?: Record<string, { name?: unknown; color?: unknown } | undefined>
}

const MODES: Record<string, string> = {
  per_participant: 'A clock each',
  per_cycle: 'A fresh clock each turn',
  per_group: 'A clock per group',
  global: 'One clock for all',
  count_up: 'Stopwatch',
}

const LONGEST_NAME = 80
const COLOR = /^#[0-9a-f]{6}$/i

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, LONGEST_NAME) : undefined

const metadataOf = ({ metadata }: Pick<Session, 'metadata'>): Metadata => metadata ?? {}

/** What a mode means, in words. */
export const modeName = (mode: string): string => MODES[mode] ?? mode

/** What people call a session: its title, else its mode and the beginning of its id. */
export function titleOf(session: Session): string {
  return textOf(metadataOf(session).title) ?? `${modeName(session.sync_mode)} ${shortId(session.session_id)}`
}

/** The word that its maker gave for what it is, such as `chess`. */
export const kindOf = (session: Session): string | undefined => textOf(metadataOf(session).kind)

/** What people call a participant: the name that the session's metadata has, else a number. */
export function nameOf(session: Session, participant_id: string): string {
  const name = textOf(metadataOf(session).participants?.[participant_id]?.name)
  if (name) return name
  const place = session.participants.findIndex((each) => each.participant_id === participant_id)
  return place < 0 ? shortId(participant_id) : `Participant ${place + 1}`
}

/** The participant's own colour as `#rrggbb`; anything else that metadata may hold is left out. */
export function colorOf(session: Session, participant_id: string): string | undefined {
  const color = metadataOf(session).participants?.[participant_id]?.color
  return typeof color === 'string' && COLOR.test(color) ? color : undefined
}

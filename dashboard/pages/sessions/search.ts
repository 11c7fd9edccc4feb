import type { Session } from '../../lib/api.ts'
import { kindOf, modeName, nameOf, titleOf } from '../../lib/session-meta.ts'

export type StatusFilter = 'all' | 'running' | 'paused' | 'pending' | 'over'

export const STATUS_FILTERS: readonly { value: StatusFilter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'running', label: 'Running' },
  { value: 'paused', label: 'Paused' },
  { value: 'pending', label: 'Pending' },
  { value: 'over', label: 'Over' },
]

export const isStatusFilter = (value: unknown): value is StatusFilter =>
  STATUS_FILTERS.some((each) => each.value === value)

/** Whether nothing will happen to it any more. */
export const isOver = ({ status }: Session): boolean =>
  status === 'completed' || status === 'expired' || status === 'cancelled'

/** What the API calls those that are over. */
export const ENDS = ['completed', 'expired', 'cancelled'] as const

/** How many participants' names are looked through: what is beyond is not shown in a list either. */
const NAMES = 20

/** What a search looks through, in lower case. */
function textOf(session: Session): string {
  const names = session.participants.slice(0, NAMES).map((each) => nameOf(session, each.participant_id))
  const words = [titleOf(session), kindOf(session), modeName(session.sync_mode), session.session_id, ...names]
  return words.join(' ').toLowerCase()
}

/** Whether a session has this status, and all of these words somewhere in its title, kind, mode, names or id. */
export function matches(session: Session, status: StatusFilter, search: string): boolean {
  if (status === 'over' ? !isOver(session) : status !== 'all' && session.status !== status) return false
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = textOf(session)
  return words.every((word) => text.includes(word))
}

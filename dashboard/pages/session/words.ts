import type { IconName } from '../../components/icon.ts'
import type { Session } from '../../lib/api.ts'
import { nameOf } from '../../lib/session-meta.ts'
import type { Entry } from './entries.ts'

/** Kinds of events, as one filters by them. */
export type Kind = 'turns' | 'timeouts' | 'others'

const KINDS: Record<string, { kind: Kind; icon: IconName }> = {
  'session.created': { kind: 'others', icon: 'plus' },
  'session.started': { kind: 'turns', icon: 'play' },
  'session.switched': { kind: 'turns', icon: 'switch' },
  'session.advanced': { kind: 'timeouts', icon: 'hourglass' },
  'session.turn_expired': { kind: 'timeouts', icon: 'hourglass' },
  'session.paused': { kind: 'others', icon: 'pause' },
  'session.resumed': { kind: 'others', icon: 'play' },
  'session.completed': { kind: 'others', icon: 'check' },
  'session.expired': { kind: 'timeouts', icon: 'hourglass' },
  'session.deleted': { kind: 'others', icon: 'trash' },
  'session.resynced': { kind: 'others', icon: 'info' },
}

export const kindOfEntry = ({ event }: Entry): Kind => KINDS[event.type]?.kind ?? 'others'

export const iconOf = ({ event }: Entry): IconName => KINDS[event.type]?.icon ?? 'info'

/** Whether an event is about somebody: their turn ended with it, or began. */
export const isAbout = ({ event, to }: Entry, participant_id: string): boolean =>
  event.participant_id === participant_id || to === participant_id

/** What happened, for a reader. `session` knows the names. */
export function wordsOf(session: Session, { event, to }: Entry): string {
  const name = (id: string | null) => (id === null ? 'Nobody' : nameOf(session, id))
  const who = name(event.participant_id)
  switch (event.type) {
    case 'session.created':
      return 'Created'
    case 'session.started':
      return `Started: ${name(to)} begins`
    case 'session.switched':
      return event.participant_id === to ? `${who} takes another turn` : `${who} → ${name(to)}`
    case 'session.advanced':
      return `${who} ran out of time → ${name(to)}`
    case 'session.turn_expired':
      return `${who} ran out of time`
    case 'session.paused':
      return 'Paused'
    case 'session.resumed':
      return 'Resumed'
    case 'session.completed':
      return 'Completed'
    case 'session.expired':
      return event.participant_id === null ? 'Time is up' : `${who} ran out of time: the session is over`
    case 'session.deleted':
      return 'Deleted'
    case 'session.resynced':
      return 'Taken up anew: the store had lost what came before'
    default:
      return event.type
  }
}

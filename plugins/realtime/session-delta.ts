import type { Session } from '../../schemas/session.ts'
import type { Deltas } from './frames.ts'

type Participant = Session['participants'][number]

/** What a later state of a session has that the earlier one had not. */
export type SessionDelta = { changes: Partial<Omit<Session, 'participants'>>; participants: Participant[] }

/** Null when it takes more than new values of what was there: then only the whole state will do. */
export function deltaOf(before: Session, after: Session): SessionDelta | null {
  const { participants: old, ...fields } = before
  const { participants: now, ...news } = after
  const sameShape = Object.keys(fields).every((name) => name in news) && old.length === now.length
  if (!sameShape || !now.every(({ participant_id }, i) => participant_id === old[i]?.participant_id)) {
    return null
  }
  const changed = Object.entries(news).filter(([name, value]) => {
    const earlier = fields[name as keyof typeof fields]
    return value !== earlier && JSON.stringify(value) !== JSON.stringify(earlier)
  })
  return {
    changes: Object.fromEntries(changed),
    participants: now.filter((participant, i) => isNew(participant, old[i])),
  }
}

/** A participant has no fields that are objects, and there may be a thousand of them. */
function isNew(participant: Participant, before: Participant | undefined): boolean {
  for (const name in participant) {
    if (participant[name as keyof Participant] !== before?.[name as keyof Participant]) return true
  }
  return false
}

/** Parses each state once: the one that a change led to is where the next begins. */
export function createSessionDeltas(): Deltas {
  let last: { document: string; session: Session } | null = null

  function parse(document: string): Session {
    if (last?.document !== document) last = { document, session: JSON.parse(document) }
    return last.session
  }

  return ({ id: sessionId }, before, after) => {
    if (before.epoch !== after.epoch) return null
    const delta = deltaOf(parse(before.document), parse(after.document))
    const { at: timestamp, version } = after
    const base_version = before.version
    return (
      delta && JSON.stringify({ type: 'STATE_DELTA', sessionId, timestamp, version, base_version, ...delta })
    )
  }
}

import type { Session } from './types-session.ts'

/** What the server has said about one session, over whatever way and in whatever order it arrived. */
export type SessionRecord = {
  readonly confirmed: Session | null
  /** The newest that was seen, a deletion included; 0 before. */
  readonly version: number
  /** False for what is not newer than all that was seen. */
  accept(session: Session): boolean
  /** The session is gone: by a deletion of this version, else by not being there any more. False when that is old. */
  remove(version?: number): boolean
}

export function createSessionRecord(): SessionRecord {
  let confirmed: Session | null = null
  let version = 0
  let created_at = ''

  return {
    get confirmed() {
      return confirmed
    },
    get version() {
      return version
    },
    accept(session) {
      // A session that was created anew goes on above its last version, unless the server has forgotten that one.
      const older = session.created_at < created_at
      if (older || (session.created_at === created_at && session.version <= version)) return false
      confirmed = session
      version = session.version
      created_at = session.created_at
      return true
    },
    remove(deleted) {
      if (deleted !== undefined && deleted <= version) return false
      // Without a version nothing says that this is newer, so the same state may yet come back.
      version = deleted ?? version - 1
      confirmed = null
      return true
    },
  }
}

/** Whose clock has run out between two states of a session, as far as these tell. */
export function expiredBetween(before: Session | null, after: Session): string[] {
  if (before?.created_at !== after.created_at) return []
  const told = new Set(before.participants.filter(hasExpired).map(idOf))
  const expired = new Set(after.participants.filter(hasExpired).map(idOf))
  const { active_participant_id: active, cycle_deadline_at, version } = before
  // Where the next turn begins with a full clock, the deadline itself is all that is left to see.
  if (active && after.version === version + 1 && after.updated_at === cycle_deadline_at) expired.add(active)
  return [...expired].filter((id) => !told.has(id))
}

type Participant = Session['participants'][number]
const hasExpired = (participant: Participant) => participant.has_expired
const idOf = (participant: Participant) => participant.participant_id

import type { Session } from '../../lib/api.ts'

/** Sessions, newest first; `more`: there are older ones that are not listed. */
export type Listing = { sessions: readonly Session[]; more: boolean }

/** What a first look shows: each is a kilobyte or more, and the page is to be light. */
export const FIRST = 50
/** As many as one socket may watch, with room to spare. */
export const LISTED = 200

/** Several listings as one, of `count` at most. */
export function merged(listings: readonly Listing[], count: number): Listing {
  const all = listings
    .flatMap(({ sessions }) => sessions)
    .sort((a, b) => Number(a.created_at < b.created_at) - Number(a.created_at > b.created_at))
  return {
    sessions: all.slice(0, count),
    more: all.length > count || listings.some(({ more }) => more),
  }
}

/**
 * A listing brought up to date with its newest page, which is read more often: what is new in it comes in, and what
 * should be in it but is not has been deleted. Null when so much is new that there may be a gap.
 */
export function withNewest({ sessions, more }: Listing, newest: Listing): Listing | null {
  if (!newest.more) return newest
  const known = new Set(sessions.map((each) => each.session_id))
  if (!newest.sessions.some((each) => known.has(each.session_id))) return null
  const last = newest.sessions.at(-1) as Session
  const older = sessions.slice(sessions.findIndex((each) => each.session_id === last.session_id) + 1)
  const there = new Set(newest.sessions.map((each) => each.session_id))
  return {
    sessions: [...newest.sessions, ...older.filter((each) => !there.has(each.session_id))],
    more,
  }
}

import { useRef } from 'preact/hooks'
import { client } from '../../lib/api.ts'
import { type Query, useQuery } from '../../lib/hooks.ts'
import { type Listing, withNewest } from './listing.ts'

/** How often the newest sessions are read, for what is new or gone; those that run are watched on the socket. */
const NEWEST_MS = 5000
/** How often all of them are read: hundreds of kilobytes. */
const ALL_MS = 60_000
const NEWEST = 20
/** As many as one socket may watch, with room to spare. */
export const LISTED = 200

/** The newest sessions, up to LISTED of them. */
export function useListing(): Query<Listing> {
  const known = useRef<{ listing: Listing; read_at: number } | null>(null)

  const ask = async (signal: AbortSignal): Promise<Listing> => {
    const before = known.current
    if (before && performance.now() - before.read_at < ALL_MS) {
      const listing = withNewest(before.listing, await read(NEWEST, signal))
      if (listing) {
        known.current = { ...before, listing }
        return listing
      }
    }
    const listing = await read(LISTED, signal)
    known.current = { listing, read_at: performance.now() }
    return listing
  }
  return useQuery(ask, [], { interval_ms: NEWEST_MS })
}

async function read(count: number, signal: AbortSignal): Promise<Listing> {
  const sessions: Listing['sessions'][number][] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(100, count - sessions.length)
    const page = await client.sessions.list({ limit, ...(cursor && { cursor }) }, { signal })
    sessions.push(...page.sessions)
    cursor = page.next_cursor ?? undefined
  } while (cursor && sessions.length < count)
  return { sessions, more: cursor !== undefined }
}

import { useRef } from 'preact/hooks'
import type { Via } from '../../lib/background.ts'
import { type Query, useQuery } from '../../lib/query.ts'
import { type Listing, merged, withNewest } from './listing.ts'
import { ENDS, type StatusFilter } from './search.ts'

/** How often the newest sessions are read, for what is new or gone; those that run are watched on the socket. */
const NEWEST_MS = 5000
/** How often all of them are read; of those that are over always all, in several lists. */
const ALL_MS = 30_000
const OVER_MS = 20_000
const NEWEST = 20
const MOST_AT_ONCE = 100

type Wanted = { status: StatusFilter; count: number }

/** The newest sessions of a status, up to `count` of them; those of the last choice (`late`) until the next have come. */
export function useListing({ status, count }: Wanted): Query<Listing> & { late: boolean } {
  const known = useRef<{ choice: string; listing: Listing; read_at: number } | null>(null)
  const choice = `${status} ${count}`

  const ask = async (signal: AbortSignal, via: Via): Promise<Listing> => {
    const before = known.current
    if (status !== 'over' && before?.choice === choice && performance.now() - before.read_at < ALL_MS) {
      const listing = withNewest(before.listing, await read({ status, count: NEWEST }, signal, via))
      if (listing) {
        known.current = { ...before, listing }
        return listing
      }
    }
    const listing = await (status === 'over'
      ? readOver(count, signal, via)
      : read({ status, count }, signal, via))
    known.current = { choice, listing, read_at: performance.now() }
    return listing
  }
  const query = useQuery(ask, [status, count], { interval_ms: status === 'over' ? OVER_MS : NEWEST_MS })
  return { ...query, data: query.data ?? known.current?.listing, late: query.data === undefined }
}

async function readOver(count: number, signal: AbortSignal, via: Via): Promise<Listing> {
  const listings: Listing[] = []
  for (const status of ENDS) {
    if (listings.length > 0) await via.turn(signal)
    listings.push(await read({ status, count }, signal, via))
  }
  return merged(listings, count)
}

async function read(
  { status, count }: { status: StatusFilter | (typeof ENDS)[number]; count: number },
  signal: AbortSignal,
  { client, turn }: Via,
): Promise<Listing> {
  const sessions: Listing['sessions'][number][] = []
  let cursor: string | undefined
  do {
    const query = {
      limit: Math.min(MOST_AT_ONCE, count - sessions.length),
      ...(status !== 'all' && status !== 'over' && { status }),
      ...(cursor && { cursor }),
    }
    if (cursor !== undefined) await turn(signal)
    const page = await client.sessions.list(query, { signal })
    sessions.push(...page.sessions)
    cursor = page.next_cursor ?? undefined
  } while (cursor && sessions.length < count)
  return { sessions, more: cursor !== undefined }
}

import t from 'tap'
import type { Session } from '../../dashboard/lib/api.ts'
import { type Listing, merged, withNewest } from '../../dashboard/pages/sessions/listing.ts'

/** Sessions of these ids, with the text of a change behind a colon. */
const listingOf = (ids: string, more = true): Listing => ({
  sessions: ids.split(' ').map((each) => {
    const [session_id, title] = each.split(':')
    return { session_id, metadata: title ? { title } : null } as unknown as Session
  }),
  more,
})

const told = (listing: Listing | null) =>
  listing?.sessions
    .map(({ session_id, metadata }) => session_id + (metadata ? `:${metadata.title}` : ''))
    .join(' ')

t.test('what is new comes in at the top, what changed is replaced, what is gone goes', async (t) => {
  const rows: [before: string, newest: string, after: string][] = [
    ['d c b a', 'd c', 'd c b a'],
    ['d c b a', 'f e d', 'f e d c b a'],
    ['d c b a', 'd c:new', 'd c:new b a'],
    ['d c b a', 'd b', 'd b a'],
    ['d c b a', 'c b', 'c b a'],
  ]
  for (const [before, newest, after] of rows) {
    t.equal(told(withNewest(listingOf(before, false), listingOf(newest))), after, `${before} + ${newest}`)
  }
})

t.test('a newest page that is all there is takes the place of the listing', async (t) => {
  t.equal(told(withNewest(listingOf('d c b a'), listingOf('d', false))), 'd')
})

t.test('when all of it is new there may be a gap', async (t) => {
  t.equal(withNewest(listingOf('b a'), listingOf('z y')), null)
})

t.test('whether there are more stays as the whole listing said', async (t) => {
  t.equal(withNewest(listingOf('d c b a', true), listingOf('d c'))?.more, true)
  t.equal(withNewest(listingOf('d c b a', false), listingOf('d c'))?.more, false)
})

t.test('several listings are one, the newest first, and say when something is left out', async (t) => {
  const at = (ids: string, more: boolean): Listing => ({
    sessions: ids.split(' ').map((session_id) => ({ session_id, created_at: session_id }) as Session),
    more,
  })
  const [ended, expired] = [at('5 2 1', false), at('4 3', false)]
  t.equal(told(merged([ended, expired], 10)), '5 4 3 2 1')
  t.equal(merged([ended, expired], 10).more, false)
  t.match(merged([ended, expired], 3), { sessions: [{}, {}, {}], more: true })
  t.equal(merged([ended, at('4 3', true)], 10).more, true)
})

import { NAMES, seat } from '../lib/people.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable } from './table.ts'

const GOING_MS = 30_000

const LOTS = [
  'Brass ship chronometer, 1911',
  'Two tickets to the opening night',
  'Signed first edition, second state',
  'Walnut longcase clock',
  'A week in the lighthouse keeper’s house',
  'Box of unsorted film cameras',
]

/** One lot: every bid sets the count-down back to 30 s; when nobody bids any more, it is sold. */
export async function holdAuction(scene: Scene, round: number): Promise<void> {
  const { random, time } = scene
  const people = random.some(NAMES, random.whole(4, 6)).map((name) => ({ name }))
  const { participants, known } = seat(random, people, GOING_MS)
  const table = await openTable(scene, {
    sync_mode: 'per_cycle',
    participants,
    time_per_cycle_ms: GOING_MS,
    metadata: {
      title: `Lot ${round + 1}: ${LOTS[round % LOTS.length]}`,
      kind: 'auction',
      participants: known,
    },
  })
  const bids = random.whole(15, 45)
  // Who finds it too dear leaves; two stay to the end.
  let bidders = participants.map(({ participant_id }) => participant_id)
  for (let bid = 0; bid < bids; bid++) {
    const session = await table.running()
    if (!session) return
    await time.pause(Math.min(random.skewed(7000, 1.2), GOING_MS - 1500))
    if (bidders.length > 2 && random.chance(0.08)) {
      const leaving = random.pick(bidders)
      bidders = bidders.filter((id) => id !== leaving)
    }
    const highest = session.active_participant_id
    const next = random.pick(bidders.filter((id) => id !== highest))
    if (highest) await table.move(highest, next)
  }
  // Going, going, gone: the server says so, and the hammer falls a moment later.
  await time.pause(GOING_MS + random.between(1000, 3000))
  await table.complete()
}

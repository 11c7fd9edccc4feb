import { NAMES, seat } from '../lib/people.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable } from './table.ts'

const SIDE_MS = 15 * 60_000
const MOTIONS = [
  'This house would abolish daylight saving time',
  'This house prefers the train',
  'This house regrets the open-plan office',
]

/** Two sides of three, each with one clock that its speakers share, speaking in turn. */
export async function holdDebate(scene: Scene, round: number): Promise<void> {
  const { random, time } = scene
  const sides = [
    { group_id: random.uuid(), color: '#009e73' },
    { group_id: random.uuid(), color: '#d55e00' },
  ]
  const people = random.some(NAMES, 6).map((name, index) => {
    const { group_id = '', color } = sides[index % 2] ?? {}
    return { name, color, group_id }
  })
  const { participants, known } = seat(random, people, SIDE_MS)
  const table = await openTable(scene, {
    sync_mode: 'per_group',
    participants,
    metadata: {
      title: `Debate: ${MOTIONS[round % MOTIONS.length]}`,
      kind: 'debate',
      participants: known,
    },
  })
  const speeches = random.whole(14, 18)
  for (let speech = 0; speech < speeches; speech++) {
    const session = await table.running()
    if (!session) return
    await time.pause(random.skewed(85_000, 0.8))
    if (session.active_participant_id) await table.move(session.active_participant_id)
  }
  await table.complete()
}

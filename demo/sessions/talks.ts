import { NAMES, seat } from '../lib/people.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable } from './table.ts'

const TALK_MS = 5 * 60_000
const TOPICS = ['Clocks', 'Queues', 'Maps', 'Bread', 'Bridges', 'Bees']

/** Lightning talks: who is still talking after five minutes is cut off by the server itself. */
export async function holdTalks(scene: Scene, round: number): Promise<void> {
  const { random, time } = scene
  const people = random.some(NAMES, 5).map((name) => ({ name }))
  const { participants, known } = seat(random, people, TALK_MS)
  const table = await openTable(scene, {
    sync_mode: 'per_participant',
    participants,
    auto_advance: true,
    metadata: {
      title: `Lightning talks: ${TOPICS[round % TOPICS.length]}`,
      kind: 'talk',
      participants: known,
    },
  })
  const heard = new Set<string>()
  for (;;) {
    const speaker = (await table.running())?.active_participant_id
    if (!speaker) return
    if (heard.has(speaker)) {
      if (heard.size === participants.length) break
      await time.pause(1000)
      continue
    }
    heard.add(speaker)
    const brief = random.chance(0.6)
    await time.pause(brief ? random.between(150_000, 280_000) : TALK_MS)
    if (brief) await table.move(speaker)
  }
  await table.complete()
}

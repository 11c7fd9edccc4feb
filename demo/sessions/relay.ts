import { NAMES, seat } from '../lib/people.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable } from './table.ts'

const LONGEST_MS = 60 * 60_000
const LAPS = 24

/** A stopwatch over a relay: it counts up, and says how long each runner was on the track. */
export async function runRelay(scene: Scene): Promise<void> {
  const { random, time } = scene
  const runners = random.some(NAMES, 4)
  const { participants, known } = seat(
    random,
    runners.map((name) => ({ name })),
    LONGEST_MS,
  )
  const table = await openTable(scene, {
    sync_mode: 'count_up',
    participants,
    max_time_ms: LONGEST_MS,
    metadata: { title: `Relay, ${LAPS} laps`, kind: 'stopwatch', participants: known },
  })
  const pace = participants.map(() => random.between(58_000, 76_000))
  for (let lap = 0; lap < LAPS; lap++) {
    const session = await table.running()
    if (!session) return
    await time.pause(random.between(0.95, 1.08) * (pace[lap % pace.length] ?? 0))
    if (session.active_participant_id) await table.move(session.active_participant_id)
  }
  await table.complete()
}

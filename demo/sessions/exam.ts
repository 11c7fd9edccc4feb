import { seat } from '../lib/people.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable } from './table.ts'

const EXAM_MS = 60 * 60_000
const SUBJECTS = ['Linear algebra, written paper', 'Organic chemistry II', 'Roman law, first part']
/** How often those in charge look at the clock, in ms. */
const LOOK_MS = 15_000

/** One hour for everybody, with a break in which the clock stands. */
export async function holdExam(scene: Scene, round: number): Promise<void> {
  const { random, time } = scene
  const { participants, known } = seat(random, [{ name: 'All candidates' }], EXAM_MS)
  const table = await openTable(scene, {
    sync_mode: 'global',
    participants,
    total_time_ms: EXAM_MS,
    metadata: { title: `Exam: ${SUBJECTS[round % SUBJECTS.length]}`, kind: 'exam', participants: known },
  })
  const break_after = random.whole(60, 90)
  for (let look = 0; await table.running(); look++) {
    await time.pause(LOOK_MS)
    if (look !== break_after) continue
    await table.pause()
    await time.pause(random.between(120_000, 300_000))
    await table.resume()
  }
}

import { NAMES, seat } from '../lib/people.ts'
import type { Random } from '../lib/random.ts'
import type { Scene } from '../lib/scene.ts'
import { openTable, timeLeft } from './table.ts'

const GAME_MS = 5 * 60_000
const INCREMENT_MS = 3000

/** One game of 5+3, until somebody resigns or runs out of time. */
export async function playChess(scene: Scene): Promise<void> {
  const { random, time } = scene
  const players = random.some(NAMES, 2)
  const [white, black] = players
  const { participants, known } = seat(
    random,
    [
      { name: `${white}`, color: '#e69f00' },
      { name: `${black}`, color: '#0072b2' },
    ],
    GAME_MS,
  )
  const table = await openTable(scene, {
    sync_mode: 'per_participant',
    participants,
    increment_ms: INCREMENT_MS,
    action_on_timeout: { type: 'end_session' },
    metadata: { title: `Chess 5+3: ${white} – ${black}`, kind: 'chess', participants: known },
  })
  const temper = participants.map(() => random.between(0.75, 1.45))
  const half_moves = random.whole(50, 110)
  for (let move = 0; move < half_moves; move++) {
    const session = await table.running()
    if (!session) return
    const turn = participants.findIndex(
      ({ participant_id }) => participant_id === session.active_participant_id,
    )
    await time.pause(think(random, move, timeLeft(session, time.clock.now())) * (temper[turn] ?? 1))
    if (session.active_participant_id) await table.move(session.active_participant_id)
  }
  await table.complete()
}

/** How long a move takes, in ms: openings are known, the middle is hard, and with the flag up everything is quick. */
function think(random: Random, move: number, left_ms: number): number {
  if (left_ms < 20_000) return random.chance(0.02) ? left_ms + 1000 : random.between(0.1, 0.35) * left_ms
  if (move < 12) return random.skewed(3500, 0.8)
  return Math.min(random.skewed(8000, 1.4), left_ms * 0.4)
}

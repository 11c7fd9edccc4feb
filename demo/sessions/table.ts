import { type CreateSession, type Session, SyncKairosError } from '../../sdk/index.ts'
import type { Scene } from '../lib/scene.ts'

/** A session in which others have a say, too: visitors may pause, switch, end and delete it. */
export type Table = {
  readonly id: string
  /** The session as it runs; waits while it does not yet or is paused; null once it is over or gone. */
  running(): Promise<Session | null>
  /** Ends this participant's turn, unless it is over already. */
  move(participant_id: string, next_participant_id?: string): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  complete(): Promise<void>
}

/** How often somebody who waits looks up, in ms. */
const LOOK_MS = 2000

/** What others may have brought about; what is true now shows at the next look. */
const OVERTAKEN = new Set(['conflict', 'invalid', 'not_found', 'precondition'])

/** Creates a session and starts it after a moment. */
export async function openTable(
  { client: { sessions }, time, random }: Scene,
  session: Omit<CreateSession, 'session_id'>,
): Promise<Table> {
  const id = random.uuid()
  await sessions.create({ session_id: id, ...session })
  await time.pause(random.between(3000, 8000))
  await unlessOvertaken(sessions.start(id))
  return {
    id,
    async running() {
      for (;;) {
        const session = await unlessOvertaken(sessions.get(id))
        if (session?.status === 'running') return session
        if (session?.status !== 'paused' && session?.status !== 'pending') return null
        await time.pause(LOOK_MS)
      }
    },
    async move(current_participant_id, next_participant_id) {
      const next = next_participant_id === undefined ? {} : { next_participant_id }
      await unlessOvertaken(sessions.switch(id, { current_participant_id, ...next }))
    },
    pause: async () => void (await unlessOvertaken(sessions.pause(id))),
    resume: async () => void (await unlessOvertaken(sessions.resume(id))),
    complete: async () => void (await unlessOvertaken(sessions.complete(id))),
  }
}

async function unlessOvertaken<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof SyncKairosError && OVERTAKEN.has(error.kind)) return null
    throw error
  }
}

/** What the running clock shows, in ms; 0 when it has run out. `now`: server time. */
export function timeLeft(session: Session, now: number): number {
  return Math.max(0, Date.parse(session.cycle_deadline_at ?? '') - now) || 0
}

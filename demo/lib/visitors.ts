import { type Client, createClient } from '../../sdk/index.ts'
import type { Scene } from './scene.ts'

const NAMES = [
  'Hall display',
  'Phone of the arbiter',
  'Stream overlay',
  'Laptop at the desk',
  'Back row',
  'Press',
]

/** Screens that show what is going on: they come, and go after a while. */
export async function letVisitorsIn({ client, time, random }: Scene): Promise<void> {
  const screens: Client[] = []
  for (;;) {
    const { sessions } = await client.sessions.list({ status: 'running' }).catch(() => ({ sessions: [] }))
    if (sessions.length > 0 && screens.length < 2 * sessions.length) {
      const screen = createClient({ url: client.url, name: random.pick(NAMES) })
      screen.session(random.pick(sessions).session_id)
      screens.push(screen)
    }
    if (screens.length > 0 && random.chance(0.2)) {
      const [leaving] = screens.splice(random.whole(0, screens.length - 1), 1)
      leaving?.close()
    }
    await time.pause(random.between(2000, 8000))
  }
}

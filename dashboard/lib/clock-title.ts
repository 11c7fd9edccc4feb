import { useEffect } from 'preact/hooks'
import { client, type Session } from './api.ts'
import { titleAt } from './faces.ts'
import { titleOf } from './session-meta.ts'

const EVERY_MS = 250

/**
 * Lets the window's name show the clock that runs, for those who look at other windows. `still`: it is not the present
 * that is shown. Without a session nothing is named.
 */
export function useClockTitle(session: Session | null, still = false): void {
  useEffect(() => {
    if (!session) return
    const write = () => {
      const text = still ? `${titleOf(session)} · SyncKairos` : titleAt(session, client.clock.now())
      if (document.title !== text) document.title = text
    }
    write()
    if (still || session.status !== 'running') return
    const timer = setInterval(write, EVERY_MS)
    return () => clearInterval(timer)
  }, [session, still])
}

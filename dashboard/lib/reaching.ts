import { useEffect } from 'preact/hooks'
import { client } from './api.ts'
import { asked, background, type Via } from './background.ts'
import { noteOutcome, type Reach, reach } from './reach.ts'
import { askTime, serverTime } from './server-time.ts'
import { useStore } from './store.ts'

export type { Reach } from './reach.ts'

/** How old a sign of life may be, and how soon is looked for another when there was none. */
const SIGN_MS = 15_000
const AGAIN_MS = 5000
const LOOK_MS = 1000
/** Where no session is followed the clock is set anew when it may be off by what somebody could see. */
const DOUBT_MS = 10
const SET_EVERY_MS = 20_000

/**
 * Whether the server answers. A page without any socket (`alone`) asks for a sign of life when it has not asked anything
 * else for a while.
 */
export function useReach(alone: boolean): Reach['status'] {
  const { status } = useStore(reach)
  useEffect(() => {
    void setClock(asked)
  }, [])
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    let asking = false
    let set_at = performance.now() - SET_EVERY_MS / 2
    const ask = async (what: () => Promise<unknown>) => {
      if (asking) return
      asking = true
      if (await background.turn(signal)) await what()
      asking = false
    }
    const look = () => {
      if (document.hidden) return
      const { status, heard_at } = reach.get()
      const due = status === 'lost' ? AGAIN_MS : SIGN_MS
      if (alone && performance.now() - heard_at >= due) void ask(sign)
      else if (status === 'reached' && isDoubtful() && performance.now() - set_at >= SET_EVERY_MS) {
        set_at = performance.now()
        void ask(() => setClock(background))
      }
    }
    const onNetwork = () => void (alone && ask(sign))
    const timer = setInterval(look, LOOK_MS)
    for (const event of NETWORK) addEventListener(event, onNetwork)
    return () => {
      controller.abort()
      clearInterval(timer)
      for (const event of NETWORK) removeEventListener(event, onNetwork)
    }
  }, [alone])
  return status
}

const NETWORK = ['online', 'offline'] as const

const isDoubtful = () => client.connection.status === 'idle' && serverTime.uncertainty > DOUBT_MS

const sign = () => background.client.health().then(() => noteOutcome(), noteOutcome)

/** That the time is not told may have other reasons than a server that is away: then that is asked for. */
const setClock = ({ client }: Via) =>
  askTime(client).then(
    () => noteOutcome(),
    () => reach.set({ ...reach.get(), heard_at: Number.NEGATIVE_INFINITY }),
  )

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react'
import type { Client, Connection, LiveSession, Stop } from './client-types.ts'
import { idle } from './connection.ts'
import type { Session } from './types-session.ts'

/** A live session as a component sees it. */
export type SessionView = {
  /** With what is under way; null until it is known, and without a session. */
  state: Session | null
  status: LiveSession['status']
  connection: Connection
  /** Whether a change of this client waits for the server. */
  pending: boolean
  /** To change it with, and for useCountdown(); null while rendering on a server and at the very first render. */
  session: LiveSession | null
}

const ClientContext = createContext<Client | null>(null)

/** Gives a client to the components below. Who made it closes it. */
export function SyncKairosProvider({
  client,
  children,
}: {
  client: Client
  children?: ReactNode
}): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/** The client of the nearest provider. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (!client) throw new Error('useClient() and useSession() work below a <SyncKairosProvider client={...}>')
  return client
}

/** Follows a session while the component is there. All components with the same id share one. */
export function useSession(id: string): SessionView {
  const client = useClient()
  const store = useMemo(() => createSessionStore(client, id), [client, id])
  return useSyncExternalStore(store.subscribe, store.view, unknown)
}

/**
 * What is left on the clock of a participant, in ms: rendered at each frame while it runs and the page is visible, and
 * with `step_ms` only when it has reached another multiple of that (rounded up, so that 0 is shown when it is over).
 */
export function useCountdown(session: LiveSession | null, participant_id: string, step_ms = 0): number {
  const store = useMemo(
    () => createCountdownStore(session, participant_id, step_ms),
    [session, participant_id, step_ms],
  )
  return useSyncExternalStore(store.subscribe, store.value, store.value)
}

const UNKNOWN: SessionView = {
  state: null,
  status: 'loading',
  connection: idle(0),
  pending: false,
  session: null,
}
const unknown = () => UNKNOWN

function createSessionStore(client: Client, id: string) {
  let view = UNKNOWN

  /** The same view as before when it looks the same, so that nothing is rendered anew. */
  function look(session: LiveSession) {
    const { state, status, connection, pending } = session
    const next: SessionView = { state, status, connection, pending, session }
    const names = Object.keys(next) as (keyof SessionView)[]
    if (names.some((name) => next[name] !== view[name])) view = next
  }

  return {
    view: () => view,
    subscribe(onChange: () => void) {
      const session = client.session(id)
      look(session)
      const stop = session.on('change', () => {
        look(session)
        onChange()
      })
      return () => {
        stop()
        // The next component may want the same session: it subscribes right after this one has left.
        setTimeout(() => session.close(), 0)
      }
    },
  }
}

function createCountdownStore(session: LiveSession | null, participant_id: string, step_ms: number) {
  const read = () => {
    const left = session?.remaining(participant_id) ?? 0
    return step_ms > 0 ? Math.ceil(left / step_ms) * step_ms : left
  }
  let value = read()

  return {
    value: () => value,
    subscribe(onChange: () => void) {
      let stopFrames: Stop | null = null
      const look = () => {
        const before = value
        value = read()
        if (value !== before) onChange()
      }
      const onState = () => {
        if (session?.state?.cycle_started_at) {
          stopFrames ??= atEachFrame(look)
        } else {
          stopFrames?.()
          stopFrames = null
        }
        look()
      }
      onState()
      const stop = session?.on('change', onState)
      return () => {
        stop?.()
        stopFrames?.()
      }
    },
  }
}

const looks = new Set<() => void>()
let frame: number | null = null

/** One loop for all countdowns of the page, which rests while nobody sees it. */
function atEachFrame(look: () => void): Stop {
  if (looks.size === 0) document.addEventListener('visibilitychange', onVisibility)
  looks.add(look)
  onVisibility()
  return () => {
    if (!looks.delete(look) || looks.size > 0) return
    document.removeEventListener('visibilitychange', onVisibility)
    onVisibility()
  }
}

function onVisibility() {
  const wanted = looks.size > 0 && document.visibilityState === 'visible'
  if (wanted && frame === null) tick()
  if (wanted || frame === null) return
  cancelAnimationFrame(frame)
  frame = null
}

function tick() {
  frame = requestAnimationFrame(tick)
  for (const look of looks) look()
}

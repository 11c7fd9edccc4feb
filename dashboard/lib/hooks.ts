import { useEffect, useRef, useState } from 'preact/hooks'
import { type Connection, client, type LiveSession, type Session } from './api.ts'
import { serverTime } from './server-time.ts'
import { createStore, useExternal, useStore } from './store.ts'

export type Live = {
  /** For remaining(), start(), switch() …; null until the page has settled. */
  session: LiveSession | null
  state: Session | null
  status: LiveSession['status']
  connection: Connection
  pending: boolean
}

/** A session as it changes, over the page's one socket, for as long as the component is there. */
export function useLive(id: string): Live {
  const [session, setSession] = useState<LiveSession | null>(null)
  const [, render] = useState({})
  useEffect(() => {
    const live = client.session(id)
    const stop = live.on('change', () => render({}))
    setSession(live)
    return () => {
      stop()
      live.close()
      setSession(null)
    }
  }, [id])
  return {
    session,
    state: session?.state ?? null,
    status: session?.status ?? 'loading',
    connection: session?.connection ?? client.connection,
    pending: session?.pending ?? false,
  }
}

const onConnection = (listener: () => void) => client.on('connection', listener)
const getConnection = () => client.connection

/** Of a page whose one socket is not that of the sessions. */
export const pageConnection = createStore<Connection | null>(null)

/** How the page's one socket is. */
export function useConnection(): Connection {
  const sessions = useExternal(onConnection, getConnection)
  return useStore(pageConnection) ?? sessions
}

/** Whether the server refuses this reader: it takes another token to go on. */
export const isDenied = ({ status, denied }: Connection): boolean => denied && status !== 'live'

/** Why there is no news, for a note that ends with it. */
export const whySilent = (connection: Connection): string =>
  isDenied(connection)
    ? 'the server asks for a valid token'
    : 'the connection is interrupted, and is tried again'

export type ClockState = { synced: boolean; offset: number; uncertainty: number }

/** Doubt grows by itself: clocks drift apart. */
const DOUBT_MS = 1000

/** How well the server's time is known, all in ms; serverTime.now() is that time. */
export function useClock(): ClockState {
  const [state, setState] = useState<ClockState>(readClock)
  useEffect(() => {
    const read = () => {
      if (!document.hidden) setState(readClock())
    }
    const stop = client.clock.on('change', read)
    const timer = setInterval(read, DOUBT_MS)
    document.addEventListener('visibilitychange', read)
    return () => {
      stop()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', read)
    }
  }, [])
  return state
}

function readClock(): ClockState {
  const { synced, offset, uncertainty } = serverTime
  return { synced, offset, uncertainty }
}

/** The server's time in ms since the Unix epoch, rendered anew every `interval_ms`; for "3 minutes ago", not for clocks. */
export function useNow(interval_ms = 5000): number {
  const [now, setNow] = useState(serverTime.now)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(serverTime.now())
    }, interval_ms)
    return () => clearInterval(timer)
  }, [interval_ms])
  return now
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const update = () => setMatches(list.matches)
    update()
    list.addEventListener('change', update)
    return () => list.removeEventListener('change', update)
  }, [query])
  return matches
}

/** Names the window for as long as the component is there. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · SyncKairos`
  }, [title])
}

/** Where letters are text, and where Space and Enter have a meaning of their own. */
const TYPED_IN = 'input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]'
const PRESSED = 'button, a, summary, [role=tab], input:not([type=range], [type=radio]:checked)'

/** Calls `onKey` for this key (as KeyboardEvent.key has it) unless the reader is typing somewhere or a dialog is open. */
export function useHotkey(key: string, onKey: () => void): void {
  const latest = useRef(onKey)
  latest.current = onKey
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => {
      if (event.key !== key || event.repeat || event.metaKey || event.ctrlKey || event.altKey) return
      const target = event.target as Element
      if (target.closest(TYPED_IN) || document.querySelector('dialog[open]')) return
      if ((key === ' ' || key === 'Enter') && target.closest(PRESSED)) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onDown)
    return () => document.removeEventListener('keydown', onDown)
  }, [key])
}

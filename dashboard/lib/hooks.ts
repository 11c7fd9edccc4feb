import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Connection, client, type LiveSession, type Session, type SyncKairosError } from './api.ts'
import { createStore, useExternal, useStore } from './store.ts'
import { token } from './token.ts'

export type Query<T> = {
  /** The newest answer; stays while a newer one is asked for, and when that fails. */
  data: T | undefined
  error: SyncKairosError | undefined
  loading: boolean
  /** When `data` came, in ms since the Unix epoch. */
  updated_at: number | undefined
  refresh(): void
}

/**
 * Asks the server, again when `deps` (or the token) change, and every `interval_ms` while the page is visible. Answers
 * of an earlier question are dropped.
 */
export function useQuery<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  deps: readonly unknown[],
  { interval_ms, enabled = true }: { interval_ms?: number; enabled?: boolean } = {},
): Query<T> {
  const [state, setState] = useState<Omit<Query<T>, 'refresh'>>(EMPTY)
  const latest = useRef(ask)
  latest.current = ask
  const again = useRef<() => void>(() => {})

  useEffect(() => {
    setState({ ...EMPTY, loading: enabled })
    if (!enabled) return
    let controller: AbortController | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let asked_at = 0

    const run = async () => {
      clearTimeout(timer)
      controller?.abort()
      controller = new AbortController()
      const { signal } = controller
      asked_at = performance.now()
      setState((before) => ({ ...before, loading: true }))
      const outcome = await latest.current(signal).then(
        (data) => ({ data, error: undefined, updated_at: Date.now() }),
        (error: SyncKairosError) => ({ error }),
      )
      if (signal.aborted) return
      setState((before) => ({ ...before, ...outcome, loading: false }))
      if (interval_ms !== undefined && !document.hidden) timer = setTimeout(run, interval_ms)
    }
    const onVisible = () => {
      if (document.hidden) return clearTimeout(timer)
      if (interval_ms !== undefined && performance.now() - asked_at >= interval_ms) run()
    }
    again.current = run
    document.addEventListener('visibilitychange', onVisible)
    const forget = token.subscribe(run)
    run()
    return () => {
      controller?.abort()
      clearTimeout(timer)
      forget()
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [...deps, interval_ms, enabled])

  return { ...state, refresh: useCallback(() => again.current(), []) }
}

const EMPTY = { data: undefined, error: undefined, loading: true, updated_at: undefined }

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

export type ClockState = { synced: boolean; offset: number; uncertainty: number }

/** How well the server's time is known, all in ms; client.clock.now() is that time. */
export function useClock(): ClockState {
  const [state, setState] = useState<ClockState>(readClock)
  useEffect(() => client.clock.on('change', () => setState(readClock())), [])
  return state
}

function readClock(): ClockState {
  const { synced, offset, uncertainty } = client.clock
  return { synced, offset, uncertainty }
}

/** The server's time in ms since the Unix epoch, rendered anew every `interval_ms`; for "3 minutes ago", not for clocks. */
export function useNow(interval_ms = 5000): number {
  const [now, setNow] = useState(() => client.clock.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(client.clock.now())
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
const TYPED_IN =
  'input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog'
const PRESSED = 'button, a, summary, [role=tab], input:not([type=range], [type=radio]:checked)'

/** Calls `onKey` for this key (as KeyboardEvent.key has it) unless the reader is typing somewhere or a dialog is open. */
export function useHotkey(key: string, onKey: () => void): void {
  const latest = useRef(onKey)
  latest.current = onKey
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => {
      if (event.key !== key || event.repeat || event.metaKey || event.ctrlKey || event.altKey) return
      const target = event.target as Element
      if (target.closest(TYPED_IN)) return
      if ((key === ' ' || key === 'Enter') && target.closest(PRESSED)) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onDown)
    return () => document.removeEventListener('keydown', onDown)
  }, [key])
}

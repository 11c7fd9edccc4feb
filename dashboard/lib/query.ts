import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { SyncKairosError } from './api.ts'
import { asked, background, createAsking, settled, type Via } from './background.ts'
import { token } from './token.ts'

export type Query<T> = {
  /** The newest answer; stays while a newer one is asked for, and when that fails. */
  data: T | undefined
  error: SyncKairosError | undefined
  loading: boolean
  /** When `data` came, in ms since the Unix epoch. */
  updated_at: number | undefined
  /** Asks again, because the reader wants to. */
  refresh(): void
  /** Asks again when there is a turn for it, because something has changed. */
  renew(): void
}

/** Asks with the client of `via`, and waits for a turn before each request but the first. */
export type Ask<T> = (signal: AbortSignal, via: Via) => Promise<T>

/**
 * Asks the server, again when `deps` (or the token) change, and every `interval_ms` while the page is visible. Answers
 * of an earlier question are dropped.
 */
export function useQuery<T>(
  ask: Ask<T>,
  deps: readonly unknown[],
  { interval_ms, enabled = true }: { interval_ms?: number; enabled?: boolean } = {},
): Query<T> {
  const [state, setState] = useState<Omit<Query<T>, 'refresh' | 'renew'>>(EMPTY)
  const latest = useRef(ask)
  latest.current = ask
  const again = useRef<(via: Via) => void>(() => {})

  useEffect(() => {
    setState({ ...EMPTY, loading: enabled })
    if (!enabled) return
    const asking = createAsking()
    let timer: ReturnType<typeof setTimeout> | undefined

    const run = async (via: Via) => {
      if (via === background && asking.waiting) return
      clearTimeout(timer)
      const signal = await asking.begin(via)
      if (!signal) return
      setState((before) => ({ ...before, loading: true }))
      const outcome = await latest.current(signal, via).then(
        (data) => ({ data, error: undefined, updated_at: Date.now() }),
        (error: SyncKairosError) => ({ error }),
      )
      if (signal.aborted) return
      settled(outcome.error)
      setState((before) => ({ ...before, ...outcome, loading: false }))
      if (interval_ms !== undefined) timer = setTimeout(run, interval_ms, background)
    }
    again.current = run
    const start = () => run(asked)
    const forget = token.subscribe(start)
    start()
    return () => {
      asking.end()
      clearTimeout(timer)
      forget()
      again.current = () => {}
    }
  }, [...deps, interval_ms, enabled])

  return {
    ...state,
    refresh: useCallback(() => again.current(asked), []),
    renew: useCallback(() => again.current(background), []),
  }
}

const EMPTY = { data: undefined, error: undefined, loading: true, updated_at: undefined }

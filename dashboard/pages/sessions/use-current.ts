import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { client, type LiveSession, type Session } from '../../lib/api.ts'
import { isOver } from './search.ts'

/** Rows move when statuses change: for many changes together, so that a list of hundreds is not drawn for each. */
const TOGETHER_MS = 200

type Watched = { live: LiveSession; stop(): void; status: string | null; state: Session | null }

/**
 * Listed sessions as they are by now, without those that were deleted. Clocks and turns are for their cells, which look by
 * themselves: here only another status counts, so that a switch is the business of one row.
 */
export function useCurrent(listed: readonly Session[] | undefined): readonly Session[] | undefined {
  const watched = useRef(new Map<string, Watched>())
  const shown = useRef(new Map<string, Session>())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [changes, setChanges] = useState(0)

  useEffect(() => {
    const wanted = new Set(listed?.filter((session) => !isOver(session)).map((each) => each.session_id))
    for (const [id, { stop }] of watched.current) {
      if (wanted.has(id)) continue
      stop()
      watched.current.delete(id)
    }
    for (const id of wanted) if (!watched.current.has(id)) watched.current.set(id, watch(id, later))

    function later() {
      timer.current ??= setTimeout(() => {
        timer.current = undefined
        setChanges((before) => before + 1)
      }, TOGETHER_MS)
    }
  }, [listed])
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      for (const { stop } of watched.current.values()) stop()
    },
    [],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` says that what is watched has changed
  return useMemo(() => {
    const current = listed?.flatMap((session) => {
      const { status, state } = watched.current.get(session.session_id) ?? { status: null, state: null }
      if (status === 'gone') return []
      const newest = state && state.version > session.version ? state : session
      const before = shown.current.get(session.session_id)
      return before && isAlike(before, newest) ? before : newest
    })
    shown.current = new Map(current?.map((session) => [session.session_id, session]))
    return current
  }, [listed, changes])
}

/** Whether a row shows the same of both but for what its cells see by themselves: then it stays the same object. */
function isAlike(a: Session, b: Session): boolean {
  if (a.status !== b.status || a.participants.length !== b.participants.length) return false
  if (isOver(a) && a.version !== b.version) return false
  return a.created_at === b.created_at && JSON.stringify(a.metadata) === JSON.stringify(b.metadata)
}

function watch(id: string, onChange: () => void): Watched {
  const live = client.session(id)
  const look = () => {
    const gone = live.status === 'deleted' || live.status === 'missing'
    const status = gone ? 'gone' : (live.state?.status ?? null)
    if (status === entry.status) return
    entry.status = status
    entry.state = live.state
    onChange()
  }
  const stopListening = live.on('change', look)
  const stop = () => {
    stopListening()
    live.close()
  }
  const entry: Watched = { live, stop, status: null, state: null }
  return entry
}

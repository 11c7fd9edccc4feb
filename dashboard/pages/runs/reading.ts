import { useEffect, useRef, useState } from 'preact/hooks'
import type { Connection, SyncKairosError } from '../../lib/api.ts'
import { asked, background, createAsking, settled, type Via } from '../../lib/background.ts'
import { type Board, createBoard, type Entry } from '../../lib/run-board.ts'
import { useRunFeed } from '../../lib/run-feed.ts'
import { readRuns } from '../../lib/run-list.ts'
import { useExternal } from '../../lib/store.ts'
import { readPast } from './past.ts'

/** At most so often, however many runs begin that no list had. */
const LIST_EVERY_MS = 5000
/** The feed does not tell when finished runs are forgotten. */
const LIST_ANEW_MS = 5 * 60_000

export type Reading = {
  /** All runs; null before the first list. */
  entries: readonly Entry[] | null
  error: SyncKairosError | undefined
  connection: Connection | null
  refresh(): void
}

/** All runs as they change. The list is read once the feed has begun, so that nothing falls between the two. */
export function useRuns(): Reading {
  const [error, setError] = useState<SyncKairosError | undefined>()
  const [connection, setConnection] = useState<Connection | null>(null)
  const held = useRef<Reader | null>(null)
  held.current ??= createReader(setError)
  const { board, read, renew, stop } = held.current

  useRunFeed({
    event: board.take,
    reset: renew,
    connection(now) {
      setConnection(now)
      // By HTTP one learns why.
      if (now.status === 'offline' && board.all.get() === null) renew()
    },
  })
  useEffect(() => {
    let read_at = performance.now()
    const readAnew = () => {
      if (document.hidden || performance.now() - read_at < LIST_ANEW_MS) return
      read_at = performance.now()
      renew()
    }
    const timer = setInterval(readAnew, LIST_ANEW_MS / 10)
    document.addEventListener('visibilitychange', readAnew)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', readAnew)
      stop()
    }
  }, [renew, stop])

  return { entries: useExternal(board.all.subscribe, board.all.get), error, connection, refresh: read }
}

type Reader = ReturnType<typeof createReader>

function createReader(onError: (error: SyncKairosError | undefined) => void) {
  const board: Board = createBoard((flush) => void requestAnimationFrame(flush), readSoon)
  const asking = createAsking()
  let timer: ReturnType<typeof setTimeout> | undefined
  let read_at = Number.NEGATIVE_INFINITY
  /** Of what is asked without a reader's doing: for the first answer they wait. */
  let own = asked

  function readSoon() {
    if (!asking.waiting)
      timer ??= setTimeout(read, Math.max(0, read_at + LIST_EVERY_MS - performance.now()), own)
  }

  async function read(via: Via) {
    clearTimeout(timer)
    timer = undefined
    const signal = await asking.begin(via)
    if (!signal) return
    read_at = performance.now()
    try {
      const runs = await readRuns(signal, via)
      if (signal.aborted) return
      own = background
      board.merge(runs)
      settled()
      onError(undefined)
      // Without it speeds are known a few reports later.
      readPast(runs, board, signal, via).catch(() => {})
    } catch (error) {
      if (signal.aborted) return
      own = background
      settled(error as SyncKairosError)
      onError(error as SyncKairosError)
    }
  }

  function stop() {
    clearTimeout(timer)
    asking.end()
  }

  function renew() {
    if (!asking.waiting) void read(own)
  }

  return { board, read: () => void read(asked), renew, stop }
}

import { useEffect, useState } from 'preact/hooks'
import type { Connection, Run, RunEvent, SyncKairosError } from '../../lib/api.ts'
import { asked, background, createAsking, settled, type Via } from '../../lib/background.ts'
import { after } from '../../lib/run-change.ts'
import { useRunFeed } from '../../lib/run-feed.ts'
import { addReport, type Point, pointsOf, skewOf } from './history.ts'

/** So many reports are added to a history before it is read anew, thinned as the server thins it. */
const MOST_ADDED = 300
/** Reports that come this close together were held back: only the history knows when they are from. */
const BURST_MS = 300
const READ_EVERY_MS = 10_000
/** How soon what an end or a return has changed is read. */
const SOON_MS = 500

export type Followed = {
  run: Run | null
  points: readonly Point[]
  error: SyncKairosError | undefined
  connection: Connection | null
  refresh(): void
}

type Known = Pick<Followed, 'run' | 'points' | 'error'>

const NOTHING: Known = { run: null, points: [], error: undefined }

/** One run as it goes on: read once with its history, then told by the feed. */
export function useRun(id: string): Followed {
  const [known, setKnown] = useState<Known>(NOTHING)
  const [connection, setConnection] = useState<Connection | null>(null)
  const [follower] = useState(() => createFollower(id, setKnown))

  useRunFeed({
    event: follower.take,
    reset: follower.renew,
    connection(now) {
      setConnection(now)
      if (now.status === 'offline' && !follower.knows()) follower.renew()
    },
  })
  useEffect(() => follower.stop, [follower])
  return { ...known, connection, refresh: follower.read }
}

function createFollower(id: string, tell: (known: Known) => void) {
  let known = NOTHING
  let skew = 0
  let added = 0
  let heard_at = 0
  let read_at = Number.NEGATIVE_INFINITY
  /** What came while the run was read. */
  let waiting: RunEvent[] = []
  let reading = false
  /** Of what is asked without a reader's doing: for the first answer they wait. */
  let own = asked
  const asking = createAsking()
  let timer: ReturnType<typeof setTimeout> | undefined
  let frame = 0

  function change(next: Partial<Known>) {
    known = { ...known, ...next }
    // However many reports come at once, they are drawn once. A hidden page draws nothing.
    frame ||= requestAnimationFrame(() => {
      frame = 0
      tell(known)
    })
  }

  function readIn(ms: number) {
    if (!asking.waiting)
      timer ??= setTimeout(read, Math.max(ms, read_at + READ_EVERY_MS - performance.now()), own)
  }

  async function read(via: Via) {
    clearTimeout(timer)
    timer = undefined
    const signal = await asking.begin(via)
    if (!signal) return
    reading = true
    read_at = performance.now()
    try {
      const { progress_history, ...run } = await via.client.runs.get(id, { signal })
      if (signal.aborted) return
      settled()
      const detail = { ...run, progress_history }
      skew = skewOf(detail)
      added = 0
      change({ run, points: pointsOf(detail), error: undefined })
    } catch (error) {
      if (signal.aborted) return
      settled(error as SyncKairosError)
      change({ error: error as SyncKairosError })
    }
    own = background
    reading = false
    const events = waiting
    waiting = []
    for (const event of events) take(event)
  }

  function take(event: RunEvent) {
    if (event.run_id !== id) return
    const { run } = known
    if (reading) waiting.push(event)
    else if (!run || event.type === 'test_start') readIn(0)
    else if (event.version > run.version) {
      change({ run: after(run, event) })
      if (event.type === 'test_progress') addPoint(event)
      else readIn(SOON_MS)
    }
  }

  function addPoint(event: RunEvent & { type: 'test_progress' }) {
    change({ points: addReport(known.points, event, skew) })
    const now = performance.now()
    if (++added > MOST_ADDED || now - heard_at < BURST_MS) readIn(SOON_MS)
    heard_at = now
  }

  function stop() {
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    asking.end()
  }

  function renew() {
    if (!asking.waiting) void read(own)
  }

  return { take, read: () => void read(asked), renew, knows: () => known.run !== null, stop }
}

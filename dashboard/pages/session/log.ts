import { useEffect, useState } from 'preact/hooks'
import {
  client,
  type LiveSession,
  type Session,
  type SessionEvent,
  type SyncKairosError,
} from '../../lib/api.ts'
import { asked, background, settled } from '../../lib/background.ts'
import { inferEvent } from './entries.ts'

export type Log = {
  /** Oldest first. */
  events: readonly SessionEvent[]
  /** Older ones are left out. */
  cut: boolean
  /** Nothing has been answered yet. */
  loading: boolean
  /** Why the newest events are those that this page has seen itself. */
  error: SyncKairosError | null
}

/** Each event holds the state after it, so fewer are kept of large sessions. */
const MOST_EVENTS = 2000
const FEWEST_EVENTS = 40
const MOST_PARTICIPANTS = 40_000
const PAGE = 500
/** What this page sees happen needs no question: the audit log is read a little later, for many events at once. */
const SOON_MS = 1000
const EVERY_MS = 10_000

const NOTHING: Log = { events: [], cut: false, loading: true, error: null }

/** What has happened in a session: what the audit log says and, until it does, what this page has seen happen. */
export function useLog(id: string, live: LiveSession | null): Log {
  const [log, setLog] = useState(NOTHING)
  useEffect(() => {
    setLog(NOTHING)
    return live ? follow(id, live, setLog) : undefined
  }, [id, live])
  return log
}

/** What is told of a deletion before the audit log does. */
const deletionOf = ({ session_id, version, active_participant_id }: Session): SessionEvent => ({
  ...{ session_id, epoch: 0, version: version + 1, type: 'session.deleted' },
  at: new Date(client.clock.now()).toISOString(),
  participant_id: active_participant_id,
  ...{ expired_participant_id: null, time_remaining_ms: null, time_used_ms: null, state: null },
})

function follow(id: string, live: LiveSession, show: (log: Log) => void): () => void {
  const controller = new AbortController()
  const { signal } = controller
  let told: SessionEvent[] = []
  let seen: SessionEvent[] = []
  let before = live.confirmed
  /** The version up to which there must be something to tell. */
  let wanted = 0
  let cut = false
  let loading = true
  let error: SyncKairosError | null = null
  let reading = false
  let read_at = Number.NEGATIVE_INFINITY
  let via = asked
  let timer: ReturnType<typeof setTimeout> | undefined

  const tell = () => {
    const last = told.at(-1)?.version ?? 0
    seen = seen.filter(({ version }) => version > last)
    show({ events: [...told, ...seen], cut, loading, error })
  }

  function take() {
    const now = live.confirmed
    if (now === before) return
    const event = before && (now ? inferEvent(before, now) : deletionOf(before))
    if (event) seen.push(event)
    wanted = Math.max(wanted, now?.version ?? (before?.version ?? 0) + 1)
    before = now
    tell()
    readSoon()
  }

  function readSoon() {
    if (reading || signal.aborted || error?.code === 'PERSISTENCE_OFF') return
    timer ??= setTimeout(read, Math.max(SOON_MS, read_at + EVERY_MS - performance.now()))
  }

  /** Takes a page in; answers where to go on when so much has happened that what lies between is left out. */
  function add(events: readonly SessionEvent[], newest: number): string | undefined {
    told.push(...events)
    const last = told.at(-1)
    const people = last?.state?.participants.length ?? 1
    const most = Math.max(FEWEST_EVENTS, Math.min(MOST_EVENTS, Math.floor(MOST_PARTICIPANTS / people)))
    const ahead = newest - (last?.version ?? newest)
    if (ahead <= most && told.length <= 2 * most) return undefined
    cut = true
    told = ahead > most ? [] : told.slice(-most)
    return ahead > most ? String(newest - most) : undefined
  }

  async function read() {
    reading = true
    timer = undefined
    let from: string | undefined
    let again = false
    while (await via.turn(signal)) {
      read_at = performance.now()
      const last = told.at(-1)
      const after = from ?? (last && `${last.epoch}-${last.version}`)
      // The first answer is not to wait for what has only just happened.
      const min_version = last && wanted > last.version ? wanted : undefined
      try {
        const page = await via.client.sessions.history(id, { limit: PAGE, after, min_version }, { signal })
        from = add(page.events, page.version ?? 0)
        error = null
        settled()
        const complete = page.next_after === null && from === undefined
        if (complete && (told.length > 0 || wanted === 0)) loading = false
        tell()
        if (!complete) continue
        again = (told.at(-1)?.version ?? 0) < wanted
      } catch (thrown) {
        if (signal.aborted) return
        error = thrown as SyncKairosError
        settled(error)
        loading = false
        tell()
        again = error.kind !== 'not_found'
      }
      break
    }
    reading = false
    via = background
    if (again) readSoon()
  }

  const stop = live.on('change', take)
  void read()
  return () => {
    stop()
    clearTimeout(timer)
    controller.abort()
  }
}

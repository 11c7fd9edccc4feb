import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEvent, Stats } from '../../schemas/history.ts'
import { persistenceOff } from '../jobs/database.ts'
import { toWire } from '../sessions/codec.ts'
import { sessionNotFound } from '../sessions/errors.ts'
import type { StateStore } from '../store/state-store.ts'
import { csvOf } from './csv.ts'
import type { HistoryReader, Moment, Place } from './reader.ts'

/** How long a caller waits for a version at most, in ms. */
export const WAIT_MS = 2000
const SHORTEST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 250

export const PAGE_LIMIT = 100
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** From this length on a page ends early: a session of 1000 participants is 200 kB with each event. */
const PAGE_LENGTH = 1_000_000

type Question = {
  after?: string | undefined
  limit?: number | undefined
  min_version?: number | undefined
}

type Options = {
  /** Null on a server that keeps no audit log. */
  reader: HistoryReader | null
  store: Pick<StateStore, 'read'>
  /** Calls back when something was written of a session by this instance. */
  onWritten: (id: string, fn: () => void) => () => void
}

export type History = ReturnType<typeof createHistory>

/**
 * What the audit log tells of sessions, also of those that are gone.
 *
 * @throws DomainError from each method: SESSION_NOT_FOUND when neither audit log nor store knows the session,
 * DATABASE_UNAVAILABLE, PERSISTENCE_OFF
 */
export function createHistory({ reader, store, onWritten }: Options) {
  const open = (): HistoryReader => {
    if (!reader) throw persistenceOff()
    return reader
  }

  /** The newest version that can be told; with `wanted` it waits for that, but not for ever. */
  const newest = async (id: string, wanted = 0): Promise<number | null> => {
    if (!UUID.test(id)) throw sessionNotFound(id)
    let until: number | undefined
    let woken = Promise.withResolvers<void>()
    const unwatch = onWritten(id, () => woken.resolve())
    try {
      let pause_ms = SHORTEST_PAUSE_MS
      for (;;) {
        const { known, version } = await open().newest(id)
        if (!known && !(await store.read({ topic: 'sessions', id }))) throw sessionNotFound(id)
        // From the first answer on: a database that is still starting must not use up the wait.
        until ??= performance.now() + WAIT_MS
        const left_ms = until - performance.now()
        if ((version ?? 0) >= wanted || left_ms <= 0) return version
        const pause = new AbortController()
        const timer = sleep(Math.min(pause_ms, left_ms), undefined, { signal: pause.signal }).catch(() => {})
        const hint = await Promise.race([timer.then(() => false), woken.promise.then(() => true)])
        pause.abort()
        // The hint comes just before the commit.
        pause_ms = hint ? SHORTEST_PAUSE_MS : Math.min(pause_ms * 2, LONGEST_PAUSE_MS)
        if (hint) {
          woken = Promise.withResolvers()
          await sleep(2)
        }
      }
    } finally {
      unwatch()
    }
  }

  return {
    /** A page as JSON text: `{ events, next_after, version }`. */
    async page(id: string, { after, limit = PAGE_LIMIT, min_version }: Question): Promise<string> {
      const version = await newest(id, min_version)
      const texts: string[] = []
      let length = 0
      let next_after: string | null = null
      let last: Moment | null = null
      for await (const moment of open().walk(id, toPlace(after))) {
        if (texts.length === limit || length > PAGE_LENGTH) {
          next_after = last && placeOf(last)
          break
        }
        const text = JSON.stringify(toHistoryEvent(moment))
        texts.push(text)
        length += text.length
        last = moment
      }
      return `{"events":[${texts.join(',')}],"next_after":${JSON.stringify(next_after)},"version":${version}}`
    },

    /** The same as lines of CSV, all that there are unless `limit` says otherwise. */
    async csv(id: string, { after, limit, min_version }: Question): Promise<AsyncGenerator<string>> {
      await newest(id, min_version)
      return csvOf(open().walk(id, toPlace(after)), limit ?? Number.POSITIVE_INFINITY)
    },

    /** Figures by participant, as of the newest version that was written. */
    async stats(id: string, { min_version }: Pick<Question, 'min_version'>): Promise<Stats> {
      await newest(id, min_version)
      const nothing = { session_id: id, version: null, status: null, cycles: 0, participants: [] }
      return (await open().stats(id)) ?? nothing
    },
  }
}

function toPlace(after: string | undefined): Place | null {
  const [version, epoch] = (after ?? '').split('-').reverse()
  return version ? { epoch: epoch === undefined ? null : Number(epoch), version: Number(version) } : null
}

const placeOf = ({ event: { epoch, version } }: Moment): string => `${epoch}-${version}`

/** An event as clients see it. */
export function toHistoryEvent({ event, folded }: Moment): HistoryEvent {
  const { participant_id = null, expired_participant_id = null } = (event.data ?? {}) as Partial<HistoryEvent>
  const state = event.type === 'session.deleted' ? null : folded.state
  const turn = folded.state?.participants.find((p) => p.participant_id === participant_id)
  return {
    session_id: event.key,
    epoch: event.epoch,
    version: event.version,
    type: event.type,
    at: new Date(event.at).toISOString(),
    participant_id,
    expired_participant_id,
    time_remaining_ms: turn?.time_remaining_ms ?? null,
    time_used_ms: turn?.time_used_ms ?? null,
    state: state && toWire(state),
  }
}

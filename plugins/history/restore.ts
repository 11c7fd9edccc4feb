import { randomUUID } from 'node:crypto'
import { DomainError } from '../../engine/errors.ts'
import { lifetime } from '../../engine/session/lifetime.ts'
import type { SessionState } from '../../engine/session/state.ts'
import { apply } from '../../engine/session/transitions.ts'
import type { Event } from '../../schemas/event.ts'
import type { Query } from '../jobs/database.ts'
import { encode } from '../sessions/codec.ts'
import type { StateStore } from '../store/state-store.ts'

export type RestoreOptions = {
  store: Pick<StateStore, 'list' | 'commit' | 'outbox'>
  query: Query
  schema: string
  /** How running sessions come back: paused as their last event left them, or running as if nothing had happened. */
  running: 'paused' | 'running'
  /** ms since the Unix epoch. */
  now: number
}

export type Restored = {
  sessions: number
  /** Sessions of which the audit log lacks an event in the middle; they are left out. */
  incomplete: string[]
}

type Row = { session_id: string; epoch: number; version: number; newest: number; state: SessionState | null }

const PAGE = 200

/**
 * Brings the sessions that have not ended back from the audit log, with their epoch, version and clock. A running one
 * that comes back paused is paused at its last event, as a change of its own, one version higher.
 *
 * @throws DomainError STORE_NOT_EMPTY when the store holds sessions, or events that are not in the audit log yet
 */
export async function restoreSessions(options: RestoreOptions): Promise<Restored> {
  await requireEmpty(options.store)
  const restored: Restored = { sessions: 0, incomplete: [] }
  let last = ''
  for (;;) {
    const rows = await readOpen(options, last)
    for (const { session_id, version, newest } of rows) {
      if (newest > version) restored.incomplete.push(session_id)
    }
    const whole = rows.filter(({ version, newest, state }) => state !== null && newest === version)
    await Promise.all(whole.map((row) => bringBack(options, row, row.state as SessionState)))
    restored.sessions += whole.length
    if (rows.length < PAGE) return restored
    last = rows.at(-1)?.session_id ?? ''
  }
}

async function requireEmpty(store: RestoreOptions['store']): Promise<void> {
  const { records } = await store.list('sessions', { limit: 1 })
  const waiting = await store.outbox().backlog()
  if (records.length === 0 && waiting === 0) return
  const what =
    records.length > 0 ? 'holds sessions' : `holds ${waiting} events that are not in the database yet`
  throw new DomainError('conflict', 'STORE_NOT_EMPTY', `The store ${what}: restore needs an empty one`)
}

/** The newest lives that have not ended, by session id. */
const readOpen = ({ query, schema }: RestoreOptions, after: string): Promise<Row[]> =>
  query<Row>(
    `SELECT s.session_id, s.epoch::double precision AS epoch, s.version, s.state,
            (SELECT max(e.version) FROM ${schema}.events e
              WHERE e.topic = 'sessions' AND e.key = s.session_id AND e.epoch = s.epoch) AS newest
       FROM ${schema}.sessions s
      WHERE s.deleted_at IS NULL AND s.completed_at IS NULL AND s.session_id > $1
        AND NOT EXISTS (SELECT FROM ${schema}.sessions later
                         WHERE later.session_id = s.session_id AND later.epoch > s.epoch)
      ORDER BY s.session_id LIMIT ${PAGE}`,
    [after],
  )

async function bringBack(options: RestoreOptions, { session_id, epoch }: Row, left: SessionState) {
  const { store, running, now } = options
  const pause =
    left.status === 'running' && running === 'paused' ? apply(left, { type: 'pause' }, left.updated_at) : null
  const state = pause?.state ?? left
  const events: Event[] = []
  if (pause) {
    const { type, version, at, ...data } = pause.event
    events.push({ topic: 'sessions', type, key: session_id, epoch, version, at, data })
  }
  const { version, status } = state
  await store.commit(
    { topic: 'sessions', id: session_id },
    {
      expect: null,
      next: { epoch, version, document: encode(state), label: status },
      version,
      events,
      deadline: state.cycle_deadline_at,
      lifetime_ms: lifetime(state, now),
      operation_id: randomUUID(),
    },
  )
}

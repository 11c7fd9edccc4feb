import type { SessionState } from '../../engine/session/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { Stats } from '../../schemas/history.ts'
import type { Query } from '../jobs/database.ts'
import { advance, type Folded, follows, NOTHING } from './fold.ts'

/** A place in the history of a session. A bare version stands in every epoch. */
export type Place = { epoch: number | null; version: number }

/** An event, and the fold of the session after it. */
export type Moment = { event: Event; folded: Folded }

type Life = { epoch: number; version: number; first_version: number | null }

/** How many events are read at once. */
const CHUNK = 250

export type HistoryReader = ReturnType<typeof createHistoryReader>

/** @throws DomainError DATABASE_UNAVAILABLE from each method */
export function createHistoryReader(query: Query, schema: string) {
  /**
   * The lives of a session that can be told, oldest first. One that was created again while the end of the life before
   * is still on its way is left out: nothing may appear later in front of what a reader has seen.
   */
  const lives = async (id: string): Promise<Life[]> => {
    const rows = await query<Life>(
      `SELECT epoch::double precision AS epoch, version, first_version FROM ${schema}.sessions
        WHERE session_id = $1 ORDER BY epoch`,
      [id],
    )
    const told = rows.findIndex(({ version, first_version }, i) => {
      const before = i === 0 ? 0 : (rows[i - 1]?.version ?? 0)
      return version === 0 || (i > 0 && first_version !== 1 && first_version !== before + 1)
    })
    return told === -1 ? rows : rows.slice(0, told)
  }

  const snapshot = async (id: string, epoch: number, version: number): Promise<Folded> => {
    const [row] = await query<{ version: number; state: SessionState }>(
      `SELECT version, state FROM ${schema}.session_snapshots
        WHERE session_id = $1 AND epoch = $2 AND version <= $3 ORDER BY version DESC LIMIT 1`,
      [id, epoch, version],
    )
    return row ? { ...NOTHING, ...row } : NOTHING
  }

  const readEvents = (id: string, life: Life, after: number): Promise<Event[]> =>
    query<Event>(
      `SELECT 'sessions' AS topic, key, epoch::double precision AS epoch, version, type, data,
              round(extract(epoch FROM at) * 1000)::double precision AS at
         FROM ${schema}.events
        WHERE topic = 'sessions' AND key = $1 AND epoch = $2 AND version > $3 AND version <= $4
        ORDER BY version LIMIT ${CHUNK}`,
      [id, life.epoch, after, life.version],
    )

  /** What happened in one life after a version. */
  async function* walkLife(id: string, life: Life, after: number): AsyncGenerator<Moment> {
    let folded = await snapshot(id, life.epoch, after)
    while (folded.version < life.version) {
      const events = await readEvents(id, life, folded.version)
      if (events.length === 0) return
      for (const event of events) {
        if (!follows(folded, event)) return
        folded = advance(folded, event)
        if (event.version > after) yield { event, folded }
      }
    }
  }

  return {
    /** Whether the audit log knows the session at all, and the newest version that it can tell of. */
    async newest(id: string): Promise<{ known: boolean; version: number | null }> {
      const told = await lives(id)
      const last = told.at(-1)
      if (last) return { known: true, version: last.version }
      const [row] = await query(`SELECT 1 AS one FROM ${schema}.sessions WHERE session_id = $1 LIMIT 1`, [id])
      return { known: row !== undefined, version: null }
    },

    /** What happened after a place, life after life, in the order of the versions. */
    async *walk(id: string, after: Place | null): AsyncGenerator<Moment> {
      for (const life of await lives(id)) {
        const from = after?.epoch ?? life.epoch
        if (life.epoch < from || (after && life.epoch === from && life.version <= after.version)) continue
        yield* walkLife(id, life, after && life.epoch === from ? after.version : 0)
      }
    },

    /** The figures of the newest life, or null. */
    async stats(id: string): Promise<Stats | null> {
      const [session] = await query(
        `SELECT session_id, epoch::text AS epoch, version, status, cycles FROM ${schema}.sessions
          WHERE session_id = $1 AND version > 0 ORDER BY epoch DESC LIMIT 1`,
        [id],
      )
      if (!session) return null
      const { epoch, ...figures } = session
      const participants = await query(
        `SELECT participant_id, participant_index, group_id, turns, time_used_ms::double precision AS time_used_ms,
                longest_turn_ms::double precision AS longest_turn_ms, average_turn_ms,
                overtime_ms::double precision AS overtime_ms
           FROM ${schema}.participants WHERE session_id = $1 AND epoch = $2
          ORDER BY participant_index, participant_id`,
        [id, epoch],
      )
      return { ...figures, participants } as Stats
    },
  }
}

import type { Participant, SessionState } from '../../engine/session/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { Query } from '../jobs/database.ts'
import type { Life, Projector } from '../persistence/writer.ts'
import { advance, type Folded, follows, NOTHING } from './fold.ts'

/** At every so many versions the state is kept for readers to begin with. */
export const SNAPSHOT_EVERY = 64

type Change = {
  life: Life
  folded: Folded
  /** Those whose figures have changed. */
  participants: Set<string>
  snapshots: { version: number; state: SessionState }[]
}

const LIVES = 'jsonb_to_recordset($1::jsonb) AS l (key text COLLATE "C", epoch bigint)'

const name = ({ key, epoch }: Life): string => `${key} ${epoch}`

/**
 * Keeps the tables of sessions: each life is folded from its events in the order of their versions, whatever the order
 * in which they are written. Who writes events locks their lives first and then reads, so of two that run at the same
 * time the later one sees what the earlier one wrote, and closes the gap that it had left.
 */
export function createSessionProjector(schema: string): Projector {
  /** The lives of these events, locked. */
  const lock = async (query: Query, lives: Life[]): Promise<Map<string, Folded>> => {
    const known = await lockKnown(query, lives)
    const missing = lives.filter((life) => !known.has(name(life)))
    if (missing.length === 0) return known
    await query(
      `INSERT INTO ${schema}.sessions (session_id, epoch)
       SELECT key, epoch FROM ${LIVES} ORDER BY key, epoch ON CONFLICT DO NOTHING`,
      [JSON.stringify(missing)],
    )
    return new Map([...known, ...(await lockKnown(query, missing))])
  }

  const lockKnown = async (query: Query, lives: Life[]): Promise<Map<string, Folded>> => {
    const rows = await query(
      `SELECT session_id AS key, s.epoch::double precision AS epoch, version, first_version, state, turns,
              round(extract(epoch FROM deleted_at) * 1000)::double precision AS deleted_at
         FROM ${schema}.sessions s JOIN ${LIVES} ON s.session_id = l.key AND s.epoch = l.epoch
        ORDER BY s.session_id, s.epoch FOR UPDATE OF s`,
      [JSON.stringify(lives)],
    )
    return new Map(
      rows.map(({ key, epoch, turns, ...row }) => [
        name({ key, epoch }),
        { ...NOTHING, ...row, turns: turns ?? {} } as Folded,
      ]),
    )
  }

  /** What was written of these lives beyond a version, those after `after` in each. */
  const readAfter = async (query: Query, places: (Life & { after: number })[]): Promise<Event[]> =>
    query<Event>(
      `SELECT 'sessions' AS topic, e.key, e.epoch::double precision AS epoch, e.version, e.type, e.data,
              round(extract(epoch FROM e.at) * 1000)::double precision AS at
         FROM jsonb_to_recordset($1::jsonb) AS l (key text COLLATE "C", epoch bigint, after integer)
         JOIN ${schema}.events e
           ON e.topic = 'sessions' AND e.key = l.key AND e.epoch = l.epoch AND e.version > l.after
        ORDER BY e.key, e.epoch, e.version`,
      [JSON.stringify(places)],
    )

  const save = async (query: Query, changes: Change[]): Promise<void> => {
    await query(
      `UPDATE ${schema}.sessions s SET version = n.version, first_version = n.first_version, sync_mode = n.sync_mode,
              status = n.status, cycles = n.cycles, metadata = n.metadata,
              created_at = to_timestamp(n.created_at / 1000), started_at = to_timestamp(n.started_at / 1000),
              completed_at = to_timestamp(n.completed_at / 1000), deleted_at = to_timestamp(n.deleted_at / 1000),
              updated_at = to_timestamp(n.updated_at / 1000), state = n.state, turns = n.turns
         FROM jsonb_to_recordset($1::jsonb) AS n (session_id text COLLATE "C", epoch bigint, version integer,
              first_version integer, sync_mode text, status text, cycles integer, metadata jsonb,
              created_at double precision, started_at double precision, completed_at double precision,
              deleted_at double precision, updated_at double precision, state jsonb, turns jsonb)
        WHERE s.session_id = n.session_id AND s.epoch = n.epoch`,
      [JSON.stringify(changes.map(sessionRow))],
    )
    const participants = changes.flatMap(participantRows)
    if (participants.length > 0) {
      await query(
        `INSERT INTO ${schema}.participants
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (session_id text, epoch bigint, participant_id text,
                participant_index integer, group_id text, turns integer, time_used_ms bigint,
                longest_turn_ms bigint, average_turn_ms double precision, overtime_ms bigint)
         ON CONFLICT (session_id, epoch, participant_id) DO UPDATE SET turns = EXCLUDED.turns,
                time_used_ms = EXCLUDED.time_used_ms, longest_turn_ms = EXCLUDED.longest_turn_ms,
                average_turn_ms = EXCLUDED.average_turn_ms, overtime_ms = EXCLUDED.overtime_ms`,
        [JSON.stringify(participants)],
      )
    }
    const snapshots = changes.flatMap(({ life, snapshots }) =>
      snapshots.map((snapshot) => ({ session_id: life.key, epoch: life.epoch, ...snapshot })),
    )
    if (snapshots.length > 0) {
      await query(
        `INSERT INTO ${schema}.session_snapshots SELECT * FROM jsonb_to_recordset($1::jsonb)
                AS n (session_id text, epoch bigint, version integer, state jsonb) ON CONFLICT DO NOTHING`,
        [JSON.stringify(snapshots)],
      )
    }
  }

  return {
    async apply(query, events) {
      const batches = Map.groupBy(events, name)
      const lives = [...batches.values()].map(([{ key, epoch } = events[0] as Event]) => ({ key, epoch }))
      const known = await lock(query, lives)
      const changes = new Map<string, Change>()
      for (const life of lives) {
        const folded = known.get(name(life)) ?? NOTHING
        const change = { life, folded, participants: new Set<string>(), snapshots: [] }
        foldIn(change, batches.get(name(life)) ?? [])
        changes.set(name(life), change)
      }
      // Usually nothing: later events that were written earlier and had to wait for these.
      const places = [...changes.values()].map(({ life, folded }) => ({ ...life, after: folded.version }))
      for (const [life, later] of Map.groupBy(await readAfter(query, places), name)) {
        foldIn(changes.get(life) as Change, later)
      }
      const moved = [...changes.values()].filter(
        ({ life, folded }) => folded.version > (known.get(name(life))?.version ?? 0),
      )
      if (moved.length > 0) await save(query, moved)
    },

    async forget(query, lives) {
      await query(
        `DELETE FROM ${schema}.sessions s USING ${LIVES}
          WHERE s.session_id = l.key AND s.epoch = l.epoch`,
        [JSON.stringify(lives)],
      )
    },
  }
}

/** Folds in those of the events that follow one another. */
function foldIn(change: Change, events: Event[]): void {
  for (const event of events) {
    if (!follows(change.folded, event)) continue
    const before = change.folded.state?.participants ?? []
    change.folded = advance(change.folded, event)
    const { state, version } = change.folded
    if (!state) continue
    state.participants.forEach((p, i) => {
      if (p !== before[i]) change.participants.add(p.participant_id)
    })
    if (version % SNAPSHOT_EVERY === 0) change.snapshots.push({ version, state })
  }
}

function sessionRow({ life, folded: { state, ...folded } }: Change) {
  return {
    ...folded,
    session_id: life.key,
    epoch: life.epoch,
    state,
    sync_mode: state?.sync_mode,
    status: state?.status,
    cycles: state?.participants.reduce((sum, p) => sum + p.cycle_count, 0),
    metadata: state?.metadata,
    created_at: state?.created_at,
    started_at: state?.session_started_at,
    completed_at: state?.session_completed_at,
    updated_at: folded.deleted_at ?? state?.updated_at,
  }
}

function participantRows({ life, folded: { state, turns }, participants }: Change) {
  const changed = state?.participants.filter((p) => participants.has(p.participant_id)) ?? []
  return changed.map((p: Participant) => {
    const { used_ms, longest_ms } = turns[p.participant_id] ?? { used_ms: 0, longest_ms: 0 }
    return {
      session_id: life.key,
      epoch: life.epoch,
      participant_id: p.participant_id,
      participant_index: p.participant_index,
      group_id: p.group_id,
      turns: p.cycle_count,
      time_used_ms: p.time_used_ms,
      longest_turn_ms: longest_ms,
      average_turn_ms: p.cycle_count === 0 ? null : used_ms / p.cycle_count,
      overtime_ms: p.overtime_ms,
    }
  })
}

import type { Random } from '../../../demo/lib/random.ts'
import type { NewSession, SyncMode } from '../../../engine/session/state.ts'

export type Plan = {
  body: NewSession
  /** Nobody touches it once it is started: its clock runs out, and the server has to notice. */
  left_alone: boolean
  /** When it is created, as a share of the fault's time; 0: before the fault. */
  begins: number
  /** Whether each of its callers uses keys. */
  callers: boolean[]
  /** How long they think between two calls, in ms: at least, at most. */
  thinks_ms: readonly [number, number]
  watchers: Transport[]
  /** One of its callers deletes it now and then, and creates it again. */
  recreated: boolean
}

/** `delta`: a WebSocket that is told changes rather than states. */
export type Transport = 'websocket' | 'delta' | 'sse'

const MODES: SyncMode[] = ['per_participant', 'per_cycle', 'per_group', 'global', 'count_up']
const BUSY_MS = [5, 60] as const
const CALM_MS = [300, 1500] as const
const ACTIONS = ['skip_cycle', 'end_session', 'notify'] as const

/** The `index`th session of a round: all modes in turn, every fourth one left alone. */
export function planSession(random: Random, index: number, size?: number): Plan {
  const left_alone = index % 4 === 3
  const sync_mode = MODES[index % MODES.length] as SyncMode
  const groups = [random.uuid(), random.uuid()]
  const total_time_ms = left_alone ? random.whole(1000, 2500) : random.whole(2000, 60_000)
  const participants = Array.from(
    { length: left_alone ? random.whole(1, 4) : (size ?? random.whole(2, 4)) },
    (_, participant_index) => ({
      participant_id: random.uuid(),
      participant_index,
      total_time_ms,
      ...(sync_mode === 'per_group' ? { group_id: groups[participant_index % 2] as string } : {}),
    }),
  )
  // A cycle that renews itself would go on for ever.
  const auto_advance = random.chance(0.4) && !(left_alone && sync_mode === 'per_cycle')
  const action = left_alone ? 'end_session' : random.pick(ACTIONS)
  return {
    body: {
      session_id: random.uuid(),
      sync_mode,
      participants,
      ...(random.chance(0.7) ? { increment_ms: random.whole(0, 500) } : {}),
      ...(sync_mode === 'per_cycle' ? { time_per_cycle_ms: total_time_ms } : {}),
      ...(sync_mode === 'count_up' && (left_alone || random.chance(0.5))
        ? { max_time_ms: total_time_ms }
        : {}),
      ...(auto_advance ? { auto_advance } : {}),
      ...(sync_mode === 'per_cycle' || random.chance(0.4) ? { action_on_timeout: { type: action } } : {}),
    },
    left_alone,
    begins: random.chance(0.3) && !left_alone ? random.between(0, 0.8) : 0,
    callers: left_alone ? [] : [true, random.chance(0.5), ...(random.chance(0.5) ? [false] : [])],
    thinks_ms: random.chance(0.7) ? BUSY_MS : CALM_MS,
    watchers: ['websocket', 'sse', ...(random.chance(0.5) ? (['delta'] as const) : [])],
    recreated: !left_alone && random.chance(0.3),
  }
}

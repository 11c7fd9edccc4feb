import type { SyncMode } from '../state.ts'
import { countUp } from './count-up.ts'
import { global } from './global.ts'
import type { Mode } from './mode.ts'
import { perCycle } from './per-cycle.ts'
import { perGroup } from './per-group.ts'
import { perParticipant } from './per-participant.ts'

export type { Mode } from './mode.ts'

const modes: Record<SyncMode, Mode> = {
  per_participant: perParticipant,
  per_cycle: perCycle,
  per_group: perGroup,
  global,
  count_up: countUp,
}

/** How a session keeps time. */
export const modeOf = (session: { sync_mode: SyncMode }): Mode => modes[session.sync_mode]

import type { NewParticipant, NewSession, Participant, SessionState } from '../state.ts'

/** What sets one way of keeping time apart from the others. */
export type Mode = {
  /** What a participant's clock holds at the start, in ms. */
  granted(session: NewSession, participant: NewParticipant): number
  /** Whether both play on one clock. Every participant shares its own. */
  shares(a: Participant, b: Participant): boolean
  /** Whether the clock can run out at all. */
  limited(state: SessionState): boolean
  /** Every turn starts with a full clock: nothing carries over, and the session never ends by running out. */
  readonly fresh: boolean
  /** A turn that ended in time earns increment_ms. */
  readonly earns: boolean
  /** Time past zero is charged, as overtime. */
  readonly overtime: boolean
}

export const itself = (a: Participant, b: Participant): boolean => a.participant_id === b.participant_id
export const always = (): boolean => true

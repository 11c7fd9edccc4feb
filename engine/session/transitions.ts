import { DomainError, validationError } from '../errors.ts'
import { begin, end, losesTurn, run, stop } from './clock.ts'
import { changesBetween, type SessionEvent, type SessionEventType } from './event.ts'
import { modeOf } from './modes/index.ts'
import { isDue, type Participant, rotation, type SessionState, type SessionStatus } from './state.ts'

/** What a client can ask of a session that exists. Absent fields expect nothing. */
export type Command =
  | { type: 'start' }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'complete' }
  | {
      type: 'switch'
      next_participant_id?: string
      current_participant_id?: string
      expected_version?: number
    }

/** One accepted change: the state after it, and the event that tells of it. */
export type Step = { readonly state: SessionState; readonly event: SessionEvent }

/** Draws up the step from `before` to what `change` makes of it: version + 1, changed at `at` (ms). */
function step(
  type: SessionEventType,
  before: SessionState,
  at: number,
  change: (state: SessionState) => SessionState,
): Step {
  const state = { ...change(before), version: before.version + 1, updated_at: at }
  const turn = before.active_participant_id
  const told = before.participants.some((p) => p.participant_id === turn && p.has_expired)
  // Not read from `state`: there the same participant may already have a new turn, with a full clock.
  const expired = told || isDue(before, at)
  return {
    state,
    event: {
      type,
      version: state.version,
      at,
      participant_id: turn,
      expired_participant_id: expired ? turn : null,
      ...changesBetween(before, state),
    },
  }
}

/** The session is over: its last turn has ended, nobody is active. */
function finish(state: SessionState, status: SessionStatus, at: number): SessionState {
  const over = state.active_participant_id === null ? state : end(state, false)
  return { ...over, status, session_completed_at: state.session_completed_at ?? at }
}

/**
 * What happens at the deadline of a running session, at that very instant however late it is noticed: one step, after
 * which the session may be due again. Null when nothing is due at `now` (ms).
 */
export function expire(state: SessionState, now: number): Step | null {
  if (!isDue(state, now)) return null
  const at = state.cycle_deadline_at as number
  const stopped = stop(state, at)
  const everyone = !modeOf(state).fresh && stopped.participants.every((p) => p.has_expired)
  if (everyone || state.action_on_timeout?.type === 'end_session') {
    return step('session.expired', state, at, () => finish(stopped, 'expired', at))
  }
  if (losesTurn(state)) {
    return step('session.advanced', state, at, () => begin(end(stopped, false), nextWithTime(stopped), at))
  }
  return step('session.turn_expired', state, at, () => run(stopped, at))
}

/** The participants in the order in which the turn reaches them, the active one last. */
function upNext(state: SessionState): Participant[] {
  const order = rotation(state)
  const index = order.findIndex((p) => p.participant_id === state.active_participant_id)
  return [...order.slice(index + 1), ...order.slice(0, index + 1)]
}

/** Passes over those whose clock has run out: they would lose the turn at once. At least one has time. */
function nextWithTime(state: SessionState): string {
  const { fresh } = modeOf(state)
  return (upNext(state).find((p) => fresh || !p.has_expired) as Participant).participant_id
}

/** What is due at `now` (ms), at most `limit` steps of it, oldest first; after a long absence more may be left. */
export function settle(state: SessionState, now: number, limit: number): Step[] {
  const steps: Step[] = []
  let due = expire(state, now)
  while (due) {
    steps.push(due)
    due = steps.length < limit ? expire(due.state, now) : null
  }
  return steps
}

/**
 * A command applied at `now` (ms) to a session of which nothing is due. Null when it changes nothing: completing what
 * is completed.
 *
 * @throws DomainError CONFLICT, INVALID_STATE_TRANSITION or VALIDATION_ERROR; then nothing has changed.
 */
export function apply(state: SessionState, command: Command, now: number): Step | null {
  switch (command.type) {
    case 'start': {
      requireStatus(state, 'pending', 'Session cannot be started')
      const first = rotation(state)[0]?.participant_id as string
      return step('session.started', state, now, (s) => ({
        ...begin({ ...s, status: 'running' }, first, now),
        session_started_at: now,
      }))
    }
    case 'pause':
      requireStatus(state, 'running', 'Session cannot be paused')
      return step('session.paused', state, now, (s) => ({ ...stop(s, now), status: 'paused' }))
    case 'resume':
      requireStatus(state, 'paused', 'Session cannot be resumed')
      return step('session.resumed', state, now, (s) => run({ ...s, status: 'running' }, now))
    case 'complete':
      if (state.status === 'completed') return null
      return step('session.completed', state, now, (s) =>
        finish(s.cycle_started_at === null ? s : stop(s, now), 'completed', now),
      )
    case 'switch': {
      requireVersion(state, command.expected_version)
      requireStatus(state, 'running', 'Session is not running')
      requireCurrent(state, command)
      const target = command.next_participant_id ?? (upNext(state)[0] as Participant).participant_id
      if (!state.participants.some((p) => p.participant_id === target)) {
        throw validationError([
          { field: 'next_participant_id', message: `participant ${target} not found in this session` },
        ])
      }
      return step('session.switched', state, now, (s) => begin(end(stop(s, now), true), target, now))
    }
  }
}

function requireStatus(state: SessionState, wanted: SessionStatus, refusal: string): void {
  if (state.status === wanted) return
  const message = `${refusal} (current status: ${state.status})`
  throw new DomainError('invalid', 'INVALID_STATE_TRANSITION', message, { current_status: state.status })
}

/** The conflict of a caller that saw another version than the one that is there. */
export function versionConflict(expected: number, actual: number): DomainError {
  const message = `The session is at version ${actual}, not ${expected}: read it again and decide anew`
  return new DomainError('conflict', 'CONFLICT', message, {
    expected_version: expected,
    actual_version: actual,
  })
}

function requireVersion(state: SessionState, expected: number | undefined): void {
  if (expected !== undefined && expected !== state.version) throw versionConflict(expected, state.version)
}

function requireCurrent(state: SessionState, command: Command & { type: 'switch' }): void {
  const expected = command.current_participant_id
  if (expected === undefined || expected === state.active_participant_id) return
  const message = `It is the turn of ${state.active_participant_id}, not of ${expected}`
  throw new DomainError('conflict', 'CONFLICT', message, {
    expected_version: command.expected_version ?? null,
    actual_version: state.version,
    active_participant_id: state.active_participant_id,
  })
}

/**
 * The same state above version `seen`, which the store had and has lost, at `now` (ms). Not after a deadline that is
 * due: what happens then comes later.
 */
export function resync(state: SessionState, seen: number, now: number): Step {
  const at = Math.min(now, state.cycle_deadline_at ?? now)
  const after = { ...state, version: Math.max(seen, state.version) + 1, updated_at: at }
  const event: SessionEvent = {
    type: 'session.resynced',
    version: after.version,
    at,
    participant_id: state.active_participant_id,
    expired_participant_id: null,
    ...changesBetween(null, after),
  }
  return { state: after, event }
}

/** The event of a deletion at `now` (ms); allowed in every status. */
export function remove(state: SessionState, now: number): SessionEvent {
  return {
    type: 'session.deleted',
    version: state.version + 1,
    at: now,
    participant_id: state.active_participant_id,
    expired_participant_id: null,
    changes: {},
    participants: [],
  }
}

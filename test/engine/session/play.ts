import type { Test } from 'tap'
import { DomainError } from '../../../engine/errors.ts'
import { create } from '../../../engine/session/create.ts'
import { changesBetween, type SessionEvent } from '../../../engine/session/event.ts'
import type { NewParticipant, NewSession, SessionState } from '../../../engine/session/state.ts'
import { apply, type Command, settle } from '../../../engine/session/transitions.ts'

/** When every session of these tests is created; outcomes give instants in ms after it. */
export const T0 = Date.UTC(2026, 0, 1)

export type Config = Partial<Omit<NewSession, 'participants'>> & { participants?: readonly NewParticipant[] }

/** A wait in ms, and what is asked then; null: nobody calls, the server just looks. */
export type Move = readonly [wait_ms: number, command: Command | null]

export const p = (id: string, index = 0, total = 10_000, group?: string): NewParticipant => ({
  participant_id: id,
  participant_index: index,
  total_time_ms: total,
  ...(group === undefined ? {} : { group_id: group }),
})

/** A create request: a and b with 10 s each, unless `config` says otherwise. */
export const request = ({ participants = [p('a', 0), p('b', 1)], ...config }: Config = {}): NewSession => ({
  session_id: 's',
  sync_mode: 'per_participant',
  participants: [...participants],
  ...config,
})

/** Reads 'start, 3000 switch, 500 switch c, 9000 wait' as moves; a wait left out is 0. */
export function moves(script: string): Move[] {
  return script.split(', ').map((text) => {
    const [, wait = '0', type, target] = /^(?:(-?\d+) )?(\w+)(?: (\w+))?$/.exec(text) ?? []
    if (type === 'wait') return [Number(wait), null]
    const next = target === undefined ? {} : { next_participant_id: target }
    return [Number(wait), { type, ...next } as Command]
  })
}

/** What one move did: nothing, one change, or a refusal that left `state` as it was. */
export type Moment = { state: SessionState; event: SessionEvent | null; refusal: DomainError | null }

/** Plays moves as the service does: first what is due is settled, then the command is applied. All states are frozen. */
export function* walk(session: NewSession, script: readonly Move[]): Generator<Moment> {
  let now = T0
  let state = frozen(create(session, 1, now))
  const take = (step: { state: SessionState; event: SessionEvent }): Moment => {
    state = frozen(step.state)
    return { state, event: step.event, refusal: null }
  }
  const turn = { participant_id: null, expired_participant_id: null }
  const created = { type: 'session.created' as const, version: 1, at: now, ...turn }
  yield { state, event: { ...created, ...changesBetween(null, state) }, refusal: null }
  for (const [wait, command] of script) {
    now += wait
    for (let due = settle(state, now, 10); due.length > 0; due = settle(state, now, 10)) yield* due.map(take)
    if (command === null) continue
    try {
      const step = apply(state, command, now)
      yield step ? take(step) : { state, event: null, refusal: null }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      yield { state, event: null, refusal: error }
    }
  }
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) frozen(inner)
  }
  return Object.freeze(value)
}

/** The state at the end of a script, and the moments on the way. */
export function play(config: Config, script: string): { state: SessionState; moments: Moment[] } {
  const moments = [...walk(request(config), moves(script))]
  return { state: (moments.at(-1) as Moment).state, moments }
}

/** What rows of a table can expect; lists are in the order of participants[], instants in ms after the creation. */
export type Outcome = {
  status: string
  active: string | null
  version: number
  left: number[]
  used: number[]
  over: number[]
  turns: number[]
  /** Who has_expired. */
  expired: string[]
  cycle: number | null
  deadline: number | null
  began: number | null
  ended: number | null
  updated: number
  /** '<at> <type>', followed by ' <expired_participant_id>' when there is one; without session.created. */
  log: string[]
  /** '<code>: <message>' */
  refused: string[]
}

export function outcome(config: Config, script: string): Outcome {
  const { state, moments } = play(config, script)
  const since = (at: number | null) => (at === null ? null : at - T0)
  const events = moments.flatMap(({ event }) => event ?? []).slice(1)
  return {
    status: state.status,
    active: state.active_participant_id,
    version: state.version,
    left: state.participants.map((p) => p.time_remaining_ms),
    used: state.participants.map((p) => p.time_used_ms),
    over: state.participants.map((p) => p.overtime_ms),
    turns: state.participants.map((p) => p.cycle_count),
    expired: state.participants.filter((p) => p.has_expired).map((p) => p.participant_id),
    cycle: since(state.cycle_started_at),
    deadline: since(state.cycle_deadline_at),
    began: since(state.session_started_at),
    ended: since(state.session_completed_at),
    updated: state.updated_at - T0,
    log: events.map(({ at, type, expired_participant_id: ran_out }) =>
      [at - T0, type.replace('session.', ''), ran_out].filter((part) => part !== null).join(' '),
    ),
    refused: moments.flatMap(({ refusal }) => (refusal ? `${refusal.code}: ${refusal.message}` : [])),
  }
}

/** A case: what it shows, the session, the script, and what is to be seen at its end. Nothing is refused unless it says so. */
export type Row = readonly [what: string, config: Config, script: string, expected: Partial<Outcome>]

/** Checks a table of rows, each by the keys that it expects. */
export function table(t: Test, rows: readonly Row[]): void {
  for (const [what, config, script, expected] of rows) {
    const wanted = { refused: [], ...expected }
    const all = outcome(config, script)
    const got = Object.fromEntries(Object.keys(wanted).map((key) => [key, all[key as keyof Outcome]]))
    t.strictSame(got, wanted, what)
  }
}

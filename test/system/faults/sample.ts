import { create } from '../../../engine/session/create.ts'
import type { SessionState } from '../../../engine/session/state.ts'
import { apply, type Command, expire, type Step } from '../../../engine/session/transitions.ts'
import { toWire } from '../../../plugins/sessions/codec.ts'
import type { HistoryEvent } from '../../../schemas/history.ts'
import { EVENT_OF } from './checker.ts'
import {
  type Answer,
  contentOf,
  fingerprint,
  type Kind,
  type Message,
  type SessionHistory,
} from './history.ts'

export const BEGAN = 1_700_000_000_000
export const ID = '11111111-1111-4111-8111-111111111111'
export const PLAYERS = ['a', 'b'].map((letter) => `${letter}0000000-0000-4000-8000-000000000000`)

export type Settings = Partial<Parameters<typeof create>[0]>
/** At so many ms after the creation; `deadline` is nobody's call. */
export type Move = [at: number, kind: Exclude<Kind, 'create'> | 'deadline']

export const GAME: Move[] = [
  [100, 'start'],
  [400, 'switch'],
  [500, 'pause'],
  [900, 'resume'],
  [1000, 'switch'],
  [1750, 'deadline'],
  [1800, 'switch'],
  [2000, 'complete'],
]

/** The history after which the session was deleted and created again, and played as before. */
export function playTwice(settings: Settings = {}, moves: Move[] = GAME): SessionHistory {
  const [first, second] = [play(settings, moves), play(settings, moves)]
  const deleted = (first.log.at(-1)?.version ?? 0) + 1
  const later = <T extends { version: number | null }>(each: T): T => ({
    ...each,
    version: (each.version ?? 0) + deleted,
  })
  const told = <T extends { state: HistoryEvent['state'] }>(each: T): T => ({
    ...each,
    state: each.state && later(each.state),
  })
  const at = new Date(BEGAN + 2500).toISOString()
  const log = [
    ...first.log,
    { ...(first.log.at(-1) as HistoryEvent), version: deleted, type: EVENT_OF.delete, at, state: null },
    ...second.log.map((event) => told(later(event))),
  ]
  const operations = second.operations.map(({ answers, ...operation }) => ({
    ...operation,
    answers: answers.map((each) => {
      const { version } = later(each)
      const state = log.find((event) => event.version === version)?.state ?? null
      return { ...each, version, state: state && fingerprint(state) }
    }),
  }))
  const removal: SessionHistory['operations'][0] = {
    kind: 'delete',
    keyed: true,
    answers: [answer('acknowledged')],
  }
  return {
    ...first,
    log,
    operations: [...first.operations, removal, ...operations],
    watches: [{ name: 'socket 1', messages: log.flatMap((event) => (event.state ? message(event) : [])) }],
    final: log.at(-1)?.state ?? null,
  }
}

/** A history as it should be: everything acknowledged at once, one watcher that missed nothing. */
export function play(settings: Settings = {}, moves: Move[] = GAME): SessionHistory {
  const participants = PLAYERS.map((participant_id, participant_index) => ({
    participant_id,
    participant_index,
    total_time_ms: 1000,
  }))
  let state: SessionState = create(
    { session_id: ID, sync_mode: 'per_participant', increment_ms: 50, participants, ...settings },
    1,
    BEGAN,
  )
  const log = [logged(state, { type: 'session.created', at: BEGAN, expired_participant_id: null })]
  for (const [at, kind] of moves) {
    const now = BEGAN + at
    const step = (
      kind === 'deadline' ? expire(state, now) : apply(state, { type: kind } as Command, now)
    ) as Step
    state = step.state
    log.push(logged(state, step.event))
  }
  return {
    id: ID,
    log,
    operations: log.flatMap(({ type, version, state, at }) => {
      const kind = Object.entries(EVENT_OF).find(([, each]) => each === type)?.[0] as Kind | undefined
      return kind
        ? [{ kind, keyed: true, answers: [answer('acknowledged', version, state, Date.parse(at))] }]
        : []
    }),
    reads: [],
    watches: [{ name: 'socket 1', messages: log.map((event) => message(event)) }],
    final: toWire(state),
    read_at: BEGAN + 60_000,
  }
}

function logged(
  state: SessionState,
  event: { type: string; at: number; expired_participant_id: string | null },
): HistoryEvent {
  return {
    session_id: ID,
    epoch: BEGAN,
    version: state.version,
    type: event.type,
    at: new Date(event.at).toISOString(),
    participant_id: null,
    expired_participant_id: event.expired_participant_id,
    time_remaining_ms: null,
    time_used_ms: null,
    state: toWire(state),
  }
}

export function answer(
  outcome: Answer['outcome'],
  version: number | null = null,
  state: HistoryEvent['state'] = null,
  at = BEGAN,
) {
  const told = { acknowledged: '200', refused: '409', unknown: '503' }[outcome]
  return {
    instance: 0,
    sent_at: at,
    answered_at: at,
    outcome,
    told,
    version,
    state: state && fingerprint(state),
    content: state && contentOf(state),
  }
}

const message = ({ version, state, at }: HistoryEvent): Message => ({
  connection: 0,
  version,
  state: state ? fingerprint(state) : '',
  at: Date.parse(at),
})

/** Moves a deadline to where it is: the engine says so, and the checker has to agree. */
export function exact(settings: Settings, moves: Move[]): Move[] {
  const index = moves.findIndex(([, kind]) => kind === 'deadline')
  if (index === -1) return moves
  const due = play(settings, moves.slice(0, index)).final?.cycle_deadline_at as string
  const at = Date.parse(due) - BEGAN
  const later = Math.max(0, at - (moves[index]?.[0] ?? 0))
  return moves.map(([ms, kind], i) => (i < index ? [ms, kind] : [i === index ? at : ms + later, kind]))
}

import fc from 'fast-check'
import type { NewSession, SyncMode } from '../../../engine/session/state.ts'
import type { Command } from '../../../engine/session/transitions.ts'
import { type Move, p } from './play.ts'

const IDS = ['a', 'b', 'c', 'd']
const MODES: SyncMode[] = ['per_participant', 'per_cycle', 'per_group', 'global', 'count_up']

/** Clocks hold tens of ms, so that random waits often end at zero exactly, and often far behind it. */
const total = fc.integer({ min: 1, max: 80 })

const participants = fc
  .integer({ min: 1, max: 4 })
  .chain((count) =>
    fc.tuple(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: count, maxLength: count }),
      fc.array(total, { minLength: count, maxLength: count }),
      fc.array(fc.constantFrom('g', 'h', undefined), { minLength: count, maxLength: count }),
      fc.record({ g: total, h: total }),
    ),
  )

const members = participants.map(([indices, totals, groups, shared]) =>
  indices.map((index, i) => {
    const group = groups[i]
    return p(IDS[i] as string, index, group ? shared[group] : (totals[i] as number), group)
  }),
)

/** What JSON text can tell: it has no -0 and no names that reach a prototype. */
const metadata = fc
  .dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { noNullPrototype: true, maxKeys: 4 },
  )
  .map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)))

/** Create requests of all modes and settings; groups agree on their totals. */
export const sessions: fc.Arbitrary<NewSession> = fc.record(
  {
    session_id: fc.uuid(),
    sync_mode: fc.constantFrom(...MODES),
    participants: members,
    total_time_ms: total,
    time_per_cycle_ms: total,
    increment_ms: fc.integer({ min: 0, max: 9 }),
    max_time_ms: total,
    auto_advance: fc.boolean(),
    action_on_timeout: fc.constantFrom('skip_cycle', 'end_session', 'notify').map((type) => ({ type })),
    metadata,
  },
  { requiredKeys: ['session_id', 'sync_mode', 'participants'], noNullPrototype: true },
)

const someone = fc.constantFrom(...IDS)

/** To anybody, also to somebody who does not exist. */
const chosenSwitch = someone.map((next): Command => ({ type: 'switch', next_participant_id: next }))

/** With expectations that are wrong most of the time. */
const guardedSwitch: fc.Arbitrary<Command> = fc.record(
  {
    type: fc.constant('switch' as const),
    current_participant_id: someone,
    expected_version: fc.integer({ min: 2, max: 12 }),
  },
  { requiredKeys: ['type'] },
)

const command = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Command>({ type: 'switch' }) },
  { weight: 4, arbitrary: chosenSwitch },
  { weight: 2, arbitrary: guardedSwitch },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'pause' }) },
  { weight: 5, arbitrary: fc.constant<Command>({ type: 'resume' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'start' }) },
  { weight: 3, arbitrary: fc.constant(null) },
)

/** Mostly a part of a turn, so that sessions last for a while; sometimes far beyond its end. */
const wait = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 }) },
)

/** Histories that nobody ended, though a deadline may have. */
export const openHistories: fc.Arbitrary<Move[]> = fc
  .array(fc.tuple(wait, command), { maxLength: 25, size: 'max' })
  .map((moves) => [[3, { type: 'start' }], ...moves])

/** Histories of all kinds: most begin with a start, some end with a completion or two. */
export const histories: fc.Arbitrary<Move[]> = fc
  .tuple(
    fc.constantFrom<Command['type'][]>('start', 'start', 'start', 'start', 'start', 'complete', 'pause'),
    openHistories,
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([first, [, ...middle], completions]) => [
    [3, { type: first }],
    ...middle,
    ...Array.from({ length: Math.max(0, completions) }, (): Move => [2, { type: 'complete' }]),
  ])

export { someone, wait }

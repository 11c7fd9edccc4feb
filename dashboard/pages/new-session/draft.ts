import type { CreateSession } from '../../lib/api.ts'
import { parseDuration } from './duration.ts'

type Mode = CreateSession['sync_mode']
export type Ending = 'notify' | 'skip_cycle' | 'end_session'

/** Who takes part, as it is being written. */
export type Person = { id: string; name: string; time: string; group: string }

/** A session as it is being written: times are text until it is created. */
export type Draft = {
  /** That of the session: whoever creates it twice, as the first answer was lost, has one. */
  id: string
  kind: string | undefined
  title: string
  mode: Mode
  people: Person[]
  /** The one clock of `global`, the limit of `count_up` (may be empty), the turn of `per_cycle`. */
  time: string
  /** In seconds. */
  increment: string
  ending: Ending
}

export type Problems = {
  time?: string
  increment?: string
  people: Record<string, string | undefined>
  form?: string
}

const LEAST_MS = 1000
const MOST_MS = 86_400_000
const MOST_PEOPLE = 1000
/** What a clock holds that no mode asks its reader for: the wire wants one for everybody. */
const UNUSED_MS = 3_600_000

export const hasOwnClocks = (mode: Mode): boolean => mode === 'per_participant' || mode === 'per_group'
export const hasIncrement = (mode: Mode): boolean => mode === 'per_participant' || mode === 'per_group'
/** Whether somebody's turn is what runs. */
export const hasTurns = (mode: Mode): boolean => mode !== 'count_up'

function timeProblem(text: string, optional = false): string | undefined {
  if (optional && text.trim() === '') return
  const ms = parseDuration(text)
  if (ms === null) return 'Write it like 5:00, 90 s or 1 h 30 m'
  if (ms < LEAST_MS) return 'At least 1 second'
  if (ms > MOST_MS) return 'At most 24 hours'
}

/** What is wrong with a draft; null when it can be created. */
export function problemsOf(draft: Draft): Problems | null {
  const { mode, people } = draft
  const problems: Problems = { people: {} }
  if (people.length > MOST_PEOPLE) problems.form = 'At most 1,000 can take part'
  if (hasOwnClocks(mode)) {
    for (const { id, time } of people) problems.people[id] = timeProblem(time)
    if (mode === 'per_group') Object.assign(problems.people, groupProblems(people))
  } else {
    const problem = timeProblem(draft.time, mode === 'count_up')
    if (problem) problems.time = problem
  }
  if (hasIncrement(mode)) {
    const seconds = Number(draft.increment || 0)
    if (!(seconds >= 0 && seconds <= 60)) problems.increment = 'From 0 to 60 seconds'
  }
  const some = problems.form || problems.time || problems.increment
  return some || Object.values(problems.people).some(Boolean) ? problems : null
}

/** Members of a group play on one clock, so their times must agree. */
function groupProblems(people: Person[]): Record<string, string> {
  const times = new Map<string, number | null>()
  const problems: Record<string, string> = {}
  for (const { id, group, time } of people) {
    const ms = parseDuration(time)
    const known = times.get(group)
    if (known === undefined) times.set(group, ms)
    else if (known !== ms) problems[id] = `The time of group ${group} differs from that of its first member`
  }
  return problems
}

/** The request that creates a draft without problems; `groupId`: the id of a group by its name. */
export function requestOf(draft: Draft, groupId: (name: string) => string): CreateSession {
  const { mode, people, kind } = draft
  const title = draft.title.trim()
  const participants = people.map(({ id, time, group }, participant_index) => ({
    participant_id: id,
    participant_index,
    total_time_ms: (hasOwnClocks(mode) ? parseDuration(time) : null) ?? UNUSED_MS,
    ...(mode === 'per_group' && { group_id: groupId(group) }),
  }))
  const time = parseDuration(draft.time)
  const named = people.filter(({ name }) => name.trim() !== '')
  return {
    session_id: draft.id,
    sync_mode: mode,
    participants,
    ...(mode === 'global' && time !== null && { total_time_ms: time }),
    ...(mode === 'per_cycle' && time !== null && { time_per_cycle_ms: time }),
    ...(mode === 'count_up' && time !== null && { max_time_ms: time }),
    ...(hasIncrement(mode) &&
      Number(draft.increment) > 0 && { increment_ms: Math.round(Number(draft.increment) * 1000) }),
    ...(hasTurns(mode) && draft.ending !== 'notify' && { action_on_timeout: { type: draft.ending } }),
    metadata: {
      ...(title && { title }),
      ...(kind && { kind }),
      ...(named.length > 0 && {
        participants: Object.fromEntries(named.map(({ id, name }) => [id, { name: name.trim() }])),
      }),
    },
  }
}

/** Ids by name, each made once. */
export function idsByName(newId: () => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const id = known.get(name) ?? newId()
    known.set(name, id)
    return id
  }
}

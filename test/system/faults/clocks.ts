import type { HistoryEvent } from '../../../schemas/history.ts'
import type { Session } from '../../../schemas/session.ts'
import type { Violation } from './checker.ts'
import { outcomeOf, type SessionHistory } from './history.ts'

/** The README's rules of time, written a second time: the server's own code is what is being tested. */

type Participant = Session['participants'][number]
type Step = { before: Session; after: Session; event: HistoryEvent }

/** How long after its instant a deadline may still be unhandled, in ms: an instance may have died with its timer. */
export const DEADLINE_WITHIN_MS = 10_000

/** How far the instances may be from the clients' clock, in ms: they follow that of Redis, by what its answers take. */
const CLOCKS_WITHIN_MS = 250

const EXPIRIES = ['session.turn_expired', 'session.advanced', 'session.expired']
const BEGINNINGS = ['session.started', 'session.switched', 'session.advanced']
const EARNING = ['per_participant', 'per_group']

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text))
const sum = (list: Participant[], of: (p: Participant) => number): number =>
  list.reduce((total, p) => total + of(p), 0)
const activeIn = ({ participants, active_participant_id: id }: Session) =>
  participants.find((p) => p.participant_id === id)
/** What the clock gave of what was used. */
const inTime = ({ time_used_ms, overtime_ms }: Participant) => time_used_ms - overtime_ms

function stepsOf(log: HistoryEvent[]): Step[] {
  return log.flatMap((event, i) => {
    const [before, after] = [log[i - 1]?.state, event.state]
    return before && after ? [{ before, after, event }] : []
  })
}

/** The participants by the clock that they play on. */
function clocksOf({ sync_mode, participants }: Session): Map<string, Participant[]> {
  return Map.groupBy(participants, (p) => {
    if (sync_mode === 'global') return 'session'
    return (sync_mode === 'per_group' ? p.group_id : undefined) ?? p.participant_id
  })
}

const clockOf = (session: Session, id: string | null): string | undefined =>
  [...clocksOf(session)].find(([, members]) => members.some((p) => p.participant_id === id))?.[0]

/** The log of a session that was deleted and created again, life by life. */
function livesOf(log: HistoryEvent[]): HistoryEvent[][] {
  const lives: HistoryEvent[][] = []
  for (const event of log) {
    if (event.type === 'session.created' || lives.length === 0) lives.push([])
    lives.at(-1)?.push(event)
  }
  return lives
}

/** Time is neither made nor lost. */
export const checkTime = (log: HistoryEvent[]): Violation[] => livesOf(log).flatMap(checkLife)

function checkLife(log: HistoryEvent[]): Violation[] {
  const found: Violation[] = []
  const paid = new Map<string, number>()
  const begun = new Map<string, number>()
  for (const step of stepsOf(log)) {
    const { before, after, event } = step
    const add = (message: string) => found.push({ rule: 'time', version: event.version, message })
    const back = Date.parse(event.at) - Date.parse(before.updated_at)
    if (back < 0) add(`it happened ${-back} ms before what came before`)
    const [charged, ran] = [charge(step), running(step)]
    if (charged !== ran) add(`${ran} ms ran, ${charged} ms were charged`)
    if (others(step)) add('time was charged to someone whose turn it was not')

    const earner = clockOf(before, before.active_participant_id)
    const earned =
      event.type === 'session.switched' &&
      event.expired_participant_id === null &&
      EARNING.includes(before.sync_mode)
    if (earned && earner) paid.set(earner, (paid.get(earner) ?? 0) + (before.increment_ms ?? 0))
    const active = activeIn(after)
    if (active && BEGINNINGS.includes(event.type)) begun.set(active.participant_id, inTime(active))
    for (const [clock, members] of clocksOf(after)) {
      for (const p of members) {
        const running = p === active ? inTime(p) - (begun.get(p.participant_id) ?? 0) : 0
        const left =
          after.sync_mode === 'per_cycle'
            ? p.granted_time_ms - running
            : p.granted_time_ms + (paid.get(clock) ?? 0) - sum(members, inTime)
        if (p.time_remaining_ms !== left || left < 0) {
          add(`${p.participant_id} has ${p.time_remaining_ms} ms left, and ${left} by reckoning`)
        }
      }
    }
  }
  return found
}

/** What was charged in a step, in ms. */
const charge = ({ before, after }: Step): number =>
  sum(after.participants, (p) => p.time_used_ms) - sum(before.participants, (p) => p.time_used_ms)

/** What ran before it, in ms; a stopwatch stands still at its end. */
function running({ before, event }: Step): number {
  const since = instant(before.cycle_started_at)
  if (since === null) return 0
  const elapsed = Date.parse(event.at) - since
  const stopwatch = before.sync_mode === 'count_up' && before.max_time_ms !== null
  return stopwatch ? Math.min(elapsed, activeIn(before)?.time_remaining_ms ?? 0) : elapsed
}

/** Whether somebody was charged whose turn it was not. */
const others = ({ before, after }: Step): boolean =>
  after.participants.some(
    (p, i) =>
      p.participant_id !== before.active_participant_id &&
      p.time_used_ms !== before.participants[i]?.time_used_ms,
  )

/** Whether a running clock must have a deadline: it has an end, and that was not told yet or takes the turn away. */
function isLimited(state: Session): boolean {
  if (state.status !== 'running') return false
  if (state.sync_mode === 'count_up' && state.max_time_ms === null) return false
  const action = state.action_on_timeout?.type ?? 'notify'
  return !activeIn(state)?.has_expired || state.auto_advance || action !== 'notify'
}

/** What was acknowledged happened while it was asked for, and nobody hears of a deadline before it has come. */
export function checkInstants({ log, operations, watches }: SessionHistory): Violation[] {
  const found: Violation[] = []
  const events = new Map(log.map((event) => [event.version, event]))
  for (const operation of operations) {
    if (outcomeOf(operation) !== 'acknowledged') continue
    const { kind, answers } = operation
    const last = answers.find(({ outcome }) => outcome === 'acknowledged')
    const at = Date.parse(events.get(last?.version ?? 0)?.at ?? '')
    const [early, late] = [(answers[0]?.sent_at ?? 0) - at, at - (last?.answered_at ?? 0)]
    if (Math.max(early, late) <= CLOCKS_WITHIN_MS || Number.isNaN(at)) continue
    const message = `${kind} was dated ${early > late ? `${early} ms before it was sent` : `${late} ms after its answer`}`
    found.push({ rule: 'time', version: last?.version ?? null, message })
  }
  for (const { name, messages } of watches) {
    for (const { version, at } of messages) {
      const event = events.get(version)
      const early = Date.parse(event?.at ?? '') - at
      if (!event || !EXPIRIES.includes(event.type) || early <= CLOCKS_WITHIN_MS) continue
      found.push({ rule: 'deadline', version, message: `${name} heard of it ${early} ms before its time` })
    }
  }
  return found
}

/** Each deadline is met by exactly one event at its very instant, and nothing else expires. */
export function checkDeadlines({ log, read_at }: SessionHistory): Violation[] {
  const found: Violation[] = []
  const add = (version: number, message: string) => found.push({ rule: 'deadline', version, message })
  for (const { version, state } of log) {
    if (!state) continue
    const [since, deadline] = [instant(state.cycle_started_at), instant(state.cycle_deadline_at)]
    const due = isLimited(state) ? (since ?? 0) + (activeIn(state)?.time_remaining_ms ?? 0) : null
    if (deadline !== due) add(version, `its deadline is ${deadline}, and ${due} by reckoning`)
  }
  for (const { before, event } of stepsOf(log)) {
    const deadline = instant(before.cycle_deadline_at)
    const at = Date.parse(event.at)
    if (EXPIRIES.includes(event.type) && at !== deadline) {
      add(event.version, `${event.type} at ${at}, the deadline was ${deadline}`)
    } else if (!EXPIRIES.includes(event.type) && deadline !== null && at >= deadline) {
      add(event.version, `${event.type} at ${at} has passed over the deadline at ${deadline}`)
    }
  }
  const last = log.at(-1)
  const open = instant(last?.state?.cycle_deadline_at ?? null)
  if (last && open !== null && open + DEADLINE_WITHIN_MS < read_at) {
    add(last.version, `nothing happened at the deadline, ${read_at - open} ms ago`)
  }
  return found
}

import { elapsed, isLimited, remaining, used } from '../../sdk/countdown.ts'
import type { Participant, Session } from '../../sdk/index.ts'
import { formatClock } from './format.ts'

/** One clock to look at. Who shares it are its members: one for a clock of somebody's own, all for that of the session. */
export type Face = {
  key: string
  members: readonly Participant[]
  /** One of its members has the turn. */
  active: boolean
  /** A stopwatch of the whole session: the turns of all members together. */
  sum: boolean
}

/** What a session shows: at most one clock above all, clocks of equal rank, and people without a clock of their own. */
export type Stage = { hero: Face | null; faces: readonly Face[]; people: readonly Participant[] }

/** fine, low (a fifth is left), critical (10 s are left), out (nothing is left). */
export type Level = 'fine' | 'low' | 'critical' | 'out'

/** `share`: how much of what the clock held is left, 0..1; null for one that cannot run out. */
export type Reading = { text: string; level: Level; share: number | null }

/** More clocks than this are a list, in which the running one is found by looking above it. */
export const MOST_CARDS = 12

const CRITICAL_MS = 10_000
const FINE_MS = 20_000
const LOW_SHARE = 0.2

const ordered = new WeakMap<Session, readonly Participant[]>()

/** The participants in the order of their turns; sorted once, as they may be a thousand. */
export function inOrder(session: Session): readonly Participant[] {
  const known = ordered.get(session)
  if (known) return known
  const order = session.participants.toSorted((a, b) => a.participant_index - b.participant_index)
  ordered.set(session, order)
  return order
}

/** Whose turn comes next when nobody is named: after the active one, in order; null when there is no turn to pass. */
export function nextOf(session: Session): string | null {
  if (!['pending', 'running', 'paused'].includes(session.status)) return null
  const order = inOrder(session)
  const at = order.findIndex((each) => each.participant_id === session.active_participant_id)
  return order[(at + 1) % order.length]?.participant_id ?? null
}

/** Which clocks there are to see in a session. */
export function stageOf(session: Session): Stage {
  const order = inOrder(session)
  const turn = order.find((each) => each.participant_id === session.active_participant_id) ?? order[0]
  const own = order.map((each) => faceOf(session, each.participant_id, [each]))
  switch (session.sync_mode) {
    case 'global':
      return { hero: faceOf(session, 'all', order), faces: [], people: order.length > 1 ? order : [] }
    case 'per_cycle':
      return { hero: turn ? faceOf(session, 'turn', [turn]) : null, faces: [], people: order }
    case 'count_up':
      if (order.length === 1) return { hero: own[0] ?? null, faces: [], people: [] }
      return { hero: { ...faceOf(session, 'all', order), sum: true }, faces: own, people: [] }
    case 'per_group':
      return withHero(groupsOf(order).map(([key, members]) => faceOf(session, key, members)))
    default:
      return withHero(own)
  }
}

function faceOf(session: Session, key: string, members: readonly Participant[]): Face {
  const active = members.some((each) => each.participant_id === session.active_participant_id)
  return { key, members, active, sum: false }
}

/** One alone is large; of a crowd the running one is. */
function withHero(faces: Face[]): Stage {
  if (faces.length === 1) return { hero: faces[0] ?? null, faces: [], people: [] }
  const running = faces.find(({ active }) => active) ?? faces[0] ?? null
  return { hero: faces.length > MOST_CARDS ? running : null, faces, people: [] }
}

function groupsOf(order: readonly Participant[]): [string, Participant[]][] {
  return Object.entries(Object.groupBy(order, (each) => each.group_id ?? each.participant_id)).map(
    ([key, members = []]) => [key, members],
  )
}

/** Whether a clock can run out. */
export const isLimitedFace = (session: Session, face: Face): boolean => isLimited(session) && !face.sum

/** What a clock shows at `now` (ms since the Unix epoch, by the server's time): the same for whoever looks then. */
export function readFace(session: Session, face: Face, now: number): Reading {
  const { members } = face
  const shown = members.find((each) => each.participant_id === session.active_participant_id) ?? members[0]
  if (!shown) return { text: '', level: 'fine', share: null }
  const id = shown.participant_id
  const limited = isLimitedFace(session, face)
  const left = limited ? remaining(session, id, now) : Number.POSITIVE_INFINITY
  const share = limited ? Math.min(1, left / shown.granted_time_ms) : null
  const level = levelOf(left, share)
  if (session.sync_mode === 'count_up') {
    return { text: upText(elapsed(session, face.sum ? null : id, now)), level, share }
  }
  const over = level === 'out' ? overtime(session, face, now) : 0
  return {
    text: over < 1000 ? downText(left) : `+${formatClock(over, { tenths: 'never', down: false })}`,
    level,
    share,
  }
}

function levelOf(left: number, share: number | null): Level {
  if (share === null) return 'fine'
  if (left <= 0) return 'out'
  if (left <= CRITICAL_MS) return 'critical'
  return share <= LOW_SHARE ? 'low' : 'fine'
}

/** How long the turns of a clock's members lasted beyond zero, in ms. */
function overtime(session: Session, { members }: Face, now: number): number {
  // Where each turn has a clock of its own, what earlier ones took is over and done with.
  const before = session.sync_mode === 'per_cycle' ? 0 : members.reduce((sum, p) => sum + p.overtime_ms, 0)
  const turn = members.find((each) => each.participant_id === session.active_participant_id)
  if (!turn) return before
  const ran = used(session, turn.participant_id, now) - turn.time_used_ms
  return before + Math.max(0, ran - turn.time_remaining_ms)
}

/** `1:02:03`, `4:59`, and in the last 20 s `9.8`; rounded up, so that zero means that it is over. */
function downText(ms: number): string {
  return ms < FINE_MS ? (Math.ceil(ms / 100) / 10).toFixed(1) : formatClock(ms, { tenths: 'never' })
}

/** `0:09.8`, and from an hour on `1:02:03`. */
function upText(ms: number): string {
  return formatClock(ms, { tenths: ms < 3_600_000 ? 'always' : 'never', down: false })
}

/** Tenths are written in letters this much smaller; style sheets have the same number. */
const TENTHS = 0.62

/** How many em of its letters a clock's text needs; no less than `0:00`, so that shorter ones do not grow. */
export function widthOf(text: string): number {
  const [whole = '', tenths] = text.split('.')
  const em = (part: string) => [...part].reduce((sum, each) => sum + (each === ':' ? 0.24 : 0.62), 0)
  return Math.max(2.1, em(whole) + (tenths === undefined ? 0 : TENTHS * (em(tenths) + 0.24)))
}

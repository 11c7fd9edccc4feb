import type { HistoryEvent } from '../../../schemas/history.ts'
import type { Session } from '../../../schemas/session.ts'
import { until } from '../../helpers/until.ts'
import { ask, type Caller } from './calls.ts'
import { type Operation, outcomeOf, type Read, type SessionHistory } from './history.ts'
import type { Plan } from './plans.ts'
import type { Watcher } from './watchers.ts'

/** A session that is played, with all who have to do with it. */
export type Game = { plan: Plan; operations: Operation[]; reads: Read[]; watchers: Watcher[] }

/** How long everything may take to be as it was once a fault has ended, in ms. */
const READY_WITHIN_MS = 30_000
const WATCHED_WITHIN_MS = 20_000
/** The audit log of a killed instance is taken over by another after 30 s, and its jobs some time later. */
const LOGGED_WITHIN_MS = 150_000
const LOGS_AT_ONCE = 4
const PAGE = 1000

export const isReady = (base: string) =>
  until(
    () =>
      fetch(`${base}/ready`, { signal: AbortSignal.timeout(5000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    (ready) => ready,
    READY_WITHIN_MS,
  )

const readFinal = (bases: string[], { plan }: Game) =>
  ask<Session>(bases, `/v1/sessions/${plan.body.session_id}`)

/** Ends a session that was played; of one that was left alone waits until its clock has run out. */
export async function finish(bases: string[], call: Caller, game: Game): Promise<Final> {
  const { plan, operations } = game
  const created = operations.findLastIndex(({ kind }) => kind === 'create')
  const ended = operations
    .slice(created)
    .some((each) => each.kind === 'complete' && outcomeOf(each) === 'acknowledged')
  if (!plan.left_alone) {
    const path = `/v1/sessions/${plan.body.session_id}/complete`
    if (!ended) await call(operations, 'complete', path, { keyed: true })
    return { final: await readFinal(bases, game), read_at: Date.now() }
  }
  const over = (session: Session | null) => !session || session.cycle_deadline_at === null
  // When it never comes the checker says so, with what there is.
  const final = await until(() => readFinal(bases, game), over).catch(() => readFinal(bases, game))
  return { final, read_at: Date.now() }
}

export type Final = Pick<SessionHistory, 'final' | 'read_at'>

/** Whoever has not heard of the end by then is found by the checker. */
export async function seen(watchers: Watcher[], final: Session | null): Promise<void> {
  const late = () => watchers.filter(({ version }) => version !== (final?.version ?? 0)).length
  await until(late, (count) => count === 0, WATCHED_WITHIN_MS).catch(() => {})
}

export async function collect(bases: string[], games: Game[], finals: Final[]): Promise<SessionHistory[]> {
  const histories: SessionHistory[] = []
  for (let i = 0; i < games.length; i += LOGS_AT_ONCE) {
    const some = games.slice(i, i + LOGS_AT_ONCE).map(async ({ plan, operations, reads, watchers }, j) => {
      const { final, read_at } = finals[i + j] as Final
      const id = plan.body.session_id
      const watches = watchers.map(({ name, messages }) => ({ name, messages }))
      return {
        id,
        operations,
        reads,
        watches,
        final,
        read_at,
        log: await readLog(bases, id, final?.version ?? 0),
      }
    })
    histories.push(...(await Promise.all(some)))
  }
  return histories
}

type Page = { events: HistoryEvent[]; next_after: string | null; version: number | null }

/** The audit log of a session, once it has this version, or what it has when that takes too long. */
async function readLog(bases: string[], id: string, version: number): Promise<HistoryEvent[]> {
  const path = `/v1/sessions/${id}/history?limit=${PAGE}`
  const wait = `${path}&min_version=${Math.max(1, version)}&after=${version}`
  if (version > 0) {
    const newest = () => ask<Page>(bases, wait, LOGGED_WITHIN_MS)
    await until(newest, (page) => (page?.version ?? 0) >= version, LOGGED_WITHIN_MS).catch(() => {})
  }
  const events: HistoryEvent[] = []
  let after: string | null = ''
  while (after !== null) {
    const page: Page | null = await ask<Page>(bases, `${path}${after && `&after=${after}`}`, LOGGED_WITHIN_MS)
    events.push(...(page?.events ?? []))
    after = page?.next_after ?? null
  }
  return events
}

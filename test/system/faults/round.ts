import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import type { HistoryEvent } from '../../../schemas/history.ts'
import type { Session } from '../../../schemas/session.ts'
import { until } from '../../helpers/until.ts'
import { ask, type Caller, createCaller } from './calls.ts'
import type { Deployment } from './deployment.ts'
import { type Operation, outcomeOf, type SessionHistory } from './history.ts'
import { type Plan, planSession } from './plans.ts'
import { createSession, play } from './players.ts'
import { type Watcher, watch } from './watchers.ts'

/** A fault: begins, and resolves to what ends it. Whatever it broke is whole again when that has resolved. */
export type Begin = (world: World) => Promise<() => Promise<void>>

/** What a fault can reach: the deployment, who is connected to it, and chance. */
export type World = {
  deployment: Deployment
  watchers: Watcher[]
  random: Random
  /** Watches sessions with that many more sockets, for as long as the round lasts: those that are played, or the others. */
  crowd(sockets: number, played: boolean): Watcher[]
}

export type Size = {
  sessions: number
  /** How long the fault lasts, in ms. */
  fault_ms: number
  /** Of each session; a few unless it says otherwise. */
  participants?: number | undefined
}

type Game = { plan: Plan; operations: Operation[]; watchers: Watcher[] }

/** How long everything may take to be as it was once a fault has ended, in ms. */
const READY_WITHIN_MS = 30_000
const WATCHED_WITHIN_MS = 20_000
/** The audit log of a killed instance is taken over by another after 30 s, and its jobs some time later. */
const LOGGED_WITHIN_MS = 150_000
const LOGS_AT_ONCE = 4
const PAGE = 1000

/**
 * Lets clients play and watch while a fault comes and goes, and lets them finish. Resolves to what will be the
 * histories of the sessions: the audit log may need longer.
 */
export async function playRound(
  deployment: Deployment,
  begin: Begin,
  random: Random,
  { sessions, fault_ms, participants }: Size,
): Promise<{ histories: Promise<SessionHistory[]> }> {
  const bases = deployment.instances.map(({ base }) => base)
  const stopping = new AbortController()
  const games = Array.from({ length: sessions }, (_, index) =>
    startGame(planSession(random, index, participants), index),
  )

  function startGame(plan: Plan, index: number): Game {
    const session = plan.body.session_id
    const watchers = plan.watchers.map((transport, i) =>
      watch(transport, i, { bases, session, random: random.stream(`watch ${index} ${i}`) }),
    )
    return { plan, operations: [], watchers }
  }
  const world: World = {
    deployment,
    random,
    get watchers() {
      return games.flatMap(({ watchers }) => watchers)
    },
    crowd(sockets, played) {
      const some = games.filter(({ plan }) => plan.left_alone !== played)
      return Array.from({ length: sockets }, (_, i) => {
        const game = some[i % some.length] as Game
        const place = { bases, session: game.plan.body.session_id, random: random.stream(`crowd ${i}`) }
        const watcher = watch('websocket', 100 + i, place)
        game.watchers.push(watcher)
        return watcher
      })
    },
  }
  const caller = (name: string) => createCaller(bases, random.stream(`calls ${name}`))
  const create = (game: Game, index: number) =>
    createSession(caller(`${index}`), game.plan, game.operations, random.stream(`create ${index}`))
  const playGame = async (game: Game, index: number) => {
    if (game.plan.begins > 0) {
      await pause(fault_ms * game.plan.begins)
      await create(game, index)
    }
    const callers = game.plan.callers.map((keyed, i) => {
      const name = `${index} ${i}`
      const options = {
        keyed,
        random: random.stream(`play ${name}`),
        ends: i === 0,
        stopped: stopping.signal,
      }
      return play(caller(name), game.plan, game.operations, options)
    })
    await Promise.all(callers)
  }

  try {
    await Promise.all(games.map((game, i) => (game.plan.begins === 0 ? create(game, i) : undefined)))
    const playing = Promise.all(games.map(playGame))
    const over = pause(fault_ms)
    const end = await begin(world)
    await over
    await end()
    await Promise.all(bases.map(isReady))
    stopping.abort()
    await playing
    const finals = await Promise.all(games.map((game, i) => finish(bases, caller(`end ${i}`), game)))
    await Promise.all(games.map((game, i) => seen(game.watchers, finals[i]?.final ?? null)))
    return { histories: collect(bases, games, finals) }
  } finally {
    stopping.abort()
    for (const { watchers } of games) for (const watcher of watchers) watcher.stop()
  }
}

const isReady = (base: string) =>
  until(
    () =>
      fetch(`${base}/ready`, { signal: AbortSignal.timeout(5000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    (ready) => ready,
    READY_WITHIN_MS,
  )

const read = (bases: string[], { plan }: Game) => ask<Session>(bases, `/v1/sessions/${plan.body.session_id}`)

/** Ends a session that was played; of one that was left alone waits until its clock has run out. */
async function finish(bases: string[], call: Caller, game: Game): Promise<Final> {
  const { plan, operations } = game
  const ended = operations.some((each) => each.kind === 'complete' && outcomeOf(each) === 'acknowledged')
  if (!plan.left_alone) {
    const path = `/v1/sessions/${plan.body.session_id}/complete`
    if (!ended) await call(operations, 'complete', path, { keyed: true })
    return { final: await read(bases, game), read_at: Date.now() }
  }
  const over = (session: Session | null) => !session || session.cycle_deadline_at === null
  // When it never comes the checker says so, with what there is.
  const final = await until(() => read(bases, game), over).catch(() => read(bases, game))
  return { final, read_at: Date.now() }
}

type Final = Pick<SessionHistory, 'final' | 'read_at'>

/** Whoever has not heard of the end by then is found by the checker. */
async function seen(watchers: Watcher[], final: Session | null): Promise<void> {
  const late = () => watchers.filter(({ version }) => version !== (final?.version ?? 0)).length
  await until(late, (count) => count === 0, WATCHED_WITHIN_MS).catch(() => {})
}

async function collect(bases: string[], games: Game[], finals: Final[]): Promise<SessionHistory[]> {
  const histories: SessionHistory[] = []
  for (let i = 0; i < games.length; i += LOGS_AT_ONCE) {
    const some = games.slice(i, i + LOGS_AT_ONCE).map(async ({ plan, operations, watchers }, j) => {
      const { final, read_at } = finals[i + j] as Final
      const id = plan.body.session_id
      const watches = watchers.map(({ name, messages }) => ({ name, messages }))
      return { id, operations, watches, final, read_at, log: await readLog(bases, id, final?.version ?? 0) }
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

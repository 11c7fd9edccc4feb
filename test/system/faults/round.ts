import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import { until } from '../../helpers/until.ts'
import { createCaller } from './calls.ts'
import type { Deployment } from './deployment.ts'
import { collect, finish, type Game, isReady, seen } from './endings.ts'
import type { SessionHistory } from './history.ts'
import { type Plan, planSession } from './plans.ts'
import { createSession, play } from './players.ts'
import { type RunHistory, reportRun } from './reporters.ts'
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
  /** From now on the store may lose what it acknowledges. */
  mayLose(): void
}

export type Size = {
  sessions: number
  /** How long the fault lasts, in ms. */
  fault_ms: number
  /** Of each session; a few unless it says otherwise. */
  participants?: number | undefined
}

const REPORTERS = 3
/** How long sockets may take to be back after a fault, in ms. */
const BACK_WITHIN_MS = 30_000

export type Round = {
  /** The audit log may need longer. */
  histories: Promise<SessionHistory[]>
  runs: RunHistory[]
  /** When the fault had ended (ms since the Unix epoch), and how long after it (ms) all watchers were connected. */
  ended_at: number
  back_ms: number
  /** Since when the store may have lost what it acknowledged, in ms since the Unix epoch; null: it may not. */
  lost_from: number | null
}

/**
 * Lets clients play, report and watch while a fault comes and goes, and lets them finish.
 */
export async function playRound(
  deployment: Deployment,
  begin: Begin,
  random: Random,
  { sessions, fault_ms, participants }: Size,
): Promise<Round> {
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
    return { plan, operations: [], reads: [], watchers }
  }
  let lost_from: number | null = null
  const world: World = {
    deployment,
    random,
    mayLose() {
      lost_from ??= Date.now()
    },
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
        bases,
        reads: game.reads,
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
    const reporting = Promise.all(
      Array.from({ length: REPORTERS }, (_, i) =>
        reportRun(bases, random.stream(`run ${i}`), stopping.signal),
      ),
    )
    // What goes wrong is told when they are waited for; until then nobody listens.
    for (const all of [playing, reporting]) all.catch(() => {})
    const over = pause(fault_ms)
    const end = await begin(world)
    await over
    await end()
    const ended_at = Date.now()
    const [back_ms] = await Promise.all([back(games, ended_at), ...bases.map(isReady)])
    stopping.abort()
    await playing
    const runs = await reporting
    const finals = await Promise.all(games.map((game, i) => finish(bases, caller(`end ${i}`), game)))
    await Promise.all(games.map((game, i) => seen(game.watchers, finals[i]?.final ?? null)))
    return { histories: collect(bases, games, finals), runs, ended_at, back_ms, lost_from }
  } finally {
    stopping.abort()
    for (const { watchers } of games) for (const watcher of watchers) watcher.stop()
  }
}

/** How long after an instant all watchers are connected that were told anything before, in ms; at most how long is waited. */
async function back(games: Game[], since: number): Promise<number> {
  const away = () =>
    games.flatMap(({ watchers }) => watchers.filter(({ open, version }) => !open && version > 0)).length
  await until(away, (count) => count === 0, BACK_WITHIN_MS).catch(() => {})
  return Date.now() - since
}

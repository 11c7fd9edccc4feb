/**
 * Deadlines with nobody calling: 10,000 sessions that run out over 20 s. Each must be pushed once; how late is the push,
 * compared to the deadline itself? On the embedded store, on Redis with a second instance that only watches, and on
 * Redis when the instance that set the deadlines is killed half way; and as many timers of a Node that does nothing else.
 *
 *   npm run bench -- expiry [--sessions 10000] [--spread 20000] [--only embedded,redis,killed]
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { REDIS_URL, removeKeys, unique } from './lib/redis.ts'
import { type Aim, atMost, percentile, report, spread } from './lib/report.ts'
import { type ServerProcess, startChild, startServer, temporaryFolder } from './lib/server.ts'
import { createSessions, DAY_MS, runningSessions, startSessions } from './lib/sessions.ts'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '10000' },
    spread: { type: 'string', default: '20000' },
    only: { type: 'string', default: 'embedded,redis,killed' },
  },
})
const SESSIONS = Number(values.sessions)
const SPREAD_MS = Number(values.spread)
const PER_SOCKET = 200
/** How long the last push may take, in ms. */
const LINGER_MS = 3000
const AIM_MS = 10
const PREFIX = unique()

type Push = { late_ms: number; deadline: number }

/** Watches sessions over WebSocket and notes, for each of them, every push of an expiry. */
async function watch(base: string, ids: string[], pushes: Map<string, Push[]>) {
  for (let i = 0; i < ids.length; i += PER_SOCKET) {
    const [first, ...others] = ids.slice(i, i + PER_SOCKET)
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ws?sessionId=${first}`)
    let synced = 0
    await new Promise<void>((resolve, reject) => {
      const deadlines = new Map<string, number>()
      socket.on('error', reject)
      socket.on('open', () => {
        for (const sessionId of others) socket.send(JSON.stringify({ type: 'SUBSCRIBE', sessionId }))
      })
      socket.on('message', (data) => {
        const received = Date.now()
        const { type, sessionId, state } = JSON.parse(String(data))
        if (type === 'STATE_SYNC' && ++synced === others.length + 1) resolve()
        if (type !== 'STATE_UPDATE') return
        const deadline = deadlines.get(sessionId)
        if (state.cycle_deadline_at !== null) deadlines.set(sessionId, Date.parse(state.cycle_deadline_at))
        else if (deadline !== undefined)
          pushes.set(sessionId, [
            ...(pushes.get(sessionId) ?? []),
            { deadline, late_ms: received - deadline },
          ])
      })
    })
  }
}

/** How long it will take to start all of them, by how long it takes to create and start some, in ms. */
async function timeToStart({ base }: ServerProcess): Promise<number> {
  const some = Math.ceil(SESSIONS / 20)
  const began = performance.now()
  await runningSessions(base, some)
  return ((performance.now() - began) * SESSIONS) / some
}

async function round(owner: ServerProcess, observer: ServerProcess, killHalfWay: boolean) {
  const first_ms = Math.round(2000 + (await timeToStart(owner)))
  const totalOf = (i: number) => first_ms + Math.round((i * SPREAD_MS) / SESSIONS)
  const ids = await createSessions(owner.base, SESSIONS, (i) => [totalOf(i), DAY_MS])
  const pushes = new Map<string, Push[]>()
  await watch(observer.base, ids, pushes)
  const began = Date.now()
  await startSessions(owner.base, ids)
  if (Date.now() > began + first_ms) throw new Error('the first were due before the last had been started')
  const last = Date.now() + totalOf(SESSIONS)
  const killed_at = last - SPREAD_MS / 2
  if (killHalfWay) {
    await delay(killed_at - Date.now())
    await owner.kill('SIGKILL')
  }
  await delay(last - Date.now() + LINGER_MS)
  const all = [...pushes.values()]
  const counted = all.flat().filter(({ deadline }) => !killHalfWay || deadline >= killed_at)
  return {
    expired: all.length,
    pushed_twice: all.filter(({ length }) => length > 1).length,
    late: counted.map(({ late_ms }) => late_ms),
  }
}

/** How late as many timers of Node are. */
async function bareTimers(): Promise<number[]> {
  const child = startChild(['bench/lib/bare-timers.ts'], {
    BARE_TIMERS: `${SESSIONS}`,
    BARE_FIRST_MS: '1000',
    BARE_SPREAD_MS: `${SPREAD_MS}`,
  })
  const [late] = (await once(child, 'message')) as [number[]]
  return late
}

const rows: Record<string, unknown>[] = []
const aims: Aim[] = []
let complete = true

function add(what: string, late: number[], counts: object = {}): void {
  const { p50, p99, max } = spread(late)
  rows.push({ what, ...counts, late_p50_ms: p50, late_p99_ms: p99, late_max_ms: max })
}

async function measure(deployment: string, owner: ServerProcess, observer: ServerProcess, killed = false) {
  const { expired, pushed_twice, late } = await round(owner, observer, killed)
  add(deployment, late, { sessions: SESSIONS, expired, pushed_twice })
  if (!killed) aims.push(atMost(`${deployment}: p99 lateness`, percentile(late, 0.99), AIM_MS, ' ms'))
  complete &&= expired === SESSIONS && pushed_twice === 0
  await Promise.all([owner.kill('SIGTERM'), observer.kill('SIGTERM')])
}

const onRedis = (): Promise<ServerProcess[]> => {
  const env = { REDIS_URL, REDIS_PREFIX: PREFIX + unique() }
  return Promise.all([startServer(env), startServer(env)])
}
const parts: Record<string, () => Promise<void>> = {
  async embedded() {
    const server = await startServer({ DATA_DIR: temporaryFolder() })
    await measure('embedded', server, server)
  },
  async redis() {
    const [owner, observer] = (await onRedis()) as [ServerProcess, ServerProcess]
    await measure('Redis, two instances', owner, observer)
  },
  async killed() {
    const [owner, observer] = (await onRedis()) as [ServerProcess, ServerProcess]
    await measure('Redis, owner killed half way (those after)', owner, observer, true)
  },
}
for (const name of values.only.split(',')) await parts[name]?.()
add("Node's timers alone", await bareTimers(), { sessions: SESSIONS })
report(`expiry, ${SESSIONS} deadlines over ${SPREAD_MS / 1000} s`, rows, aims)
await removeKeys(PREFIX)
process.exit(complete ? 0 : 1)

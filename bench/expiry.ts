/**
 * Deadlines with nobody calling: 1,000 sessions that run out over 10 s. Each must be pushed once; how late, compared to
 * the deadline itself? On the embedded store, on Redis with a second instance that only watches, and on Redis when the
 * instance that set the deadlines is killed half way.
 *
 *   npm run bench -- expiry [--sessions N]
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { report, spread } from './lib/report.ts'
import { post, type ServerProcess, startServer, temporaryFolder } from './lib/server.ts'

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '1000' } } })
const SESSIONS = Number(values.sessions)
const SPREAD_MS = 10_000
const FIRST_MS = 4000
const PER_SOCKET = 200
const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

type Push = { id: string; version: number; late_ms: number; deadline: number }

/** Watches sessions over WebSocket and notes every push of an expiry. */
async function watch(server: ServerProcess, ids: string[], deadlines: Map<string, number>, pushes: Push[]) {
  for (let i = 0; i < ids.length; i += PER_SOCKET) {
    const [first, ...others] = ids.slice(i, i + PER_SOCKET)
    const socket = new WebSocket(`${server.base.replace('http', 'ws')}/ws?sessionId=${first}`)
    let synced = 0
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('open', () => {
        for (const sessionId of others) socket.send(JSON.stringify({ type: 'SUBSCRIBE', sessionId }))
      })
      socket.on('message', (data) => {
        const received = Date.now()
        const message = JSON.parse(String(data))
        if (message.type === 'STATE_SYNC' && ++synced === others.length + 1) resolve()
        if (message.type !== 'STATE_UPDATE') return
        const deadline = deadlines.get(message.sessionId)
        if (deadline === undefined) return
        pushes.push({
          id: message.sessionId,
          version: message.version,
          late_ms: received - deadline,
          deadline,
        })
      })
    })
  }
}

async function round(owner: ServerProcess, observer: ServerProcess, killHalfWay: boolean) {
  const ids = Array.from({ length: SESSIONS }, () => randomUUID())
  const deadlines = new Map<string, number>()
  const create = async (session_id: string, i: number) => {
    const total = FIRST_MS + Math.round((i * SPREAD_MS) / SESSIONS)
    const participants = [total, 60_000].map((total_time_ms, participant_index) => ({
      participant_id: randomUUID(),
      participant_index,
      total_time_ms,
    }))
    await post(owner.base, '/v1/sessions', { session_id, sync_mode: 'per_participant', participants })
  }
  const start = async (id: string) => {
    const { data } = await post(owner.base, `/v1/sessions/${id}/start`)
    deadlines.set(id, Date.parse(data.cycle_deadline_at as string))
  }
  for (let i = 0; i < SESSIONS; i += 50)
    await Promise.all(ids.slice(i, i + 50).map((id, j) => create(id, i + j)))
  const pushes: Push[] = []
  await watch(observer, ids, deadlines, pushes)
  for (let i = 0; i < SESSIONS; i += 50) await Promise.all(ids.slice(i, i + 50).map(start))
  const last = Math.max(...deadlines.values())
  const killedAt = Date.now() + (last - Date.now()) / 2
  if (killHalfWay) {
    await delay(killedAt - Date.now())
    await owner.kill('SIGKILL')
  }
  await delay(last - Date.now() + 3000)
  const expiries = pushes.filter(({ version }) => version > 2)
  const times = new Map<string, number>()
  for (const { id } of expiries) times.set(id, (times.get(id) ?? 0) + 1)
  const late = (some: Push[]) => spread(some.map(({ late_ms }) => late_ms))
  const after = killHalfWay ? expiries.filter(({ deadline }) => deadline >= killedAt) : expiries
  return {
    sessions: SESSIONS,
    expired: times.size,
    pushed_twice: [...times.values()].filter((n) => n > 1).length,
    ...Object.fromEntries(Object.entries(late(after)).map(([k, v]) => [`late_${k}_ms`, v])),
  }
}

const rows: Record<string, unknown>[] = []
const embedded = await startServer({ DATA_DIR: temporaryFolder() })
rows.push({ deployment: 'embedded', ...(await round(embedded, embedded, false)) })
await embedded.kill('SIGTERM')

for (const killed of [false, true]) {
  const env = { REDIS_URL, REDIS_PREFIX: `bench-${randomUUID()}`, DATA_DIR: temporaryFolder() }
  const [owner, observer] = await Promise.all([
    startServer(env),
    startServer({ ...env, DATA_DIR: temporaryFolder() }),
  ])
  const deployment = killed ? 'redis, owner killed half way (those after)' : 'redis, two instances'
  rows.push({ deployment, ...(await round(owner, observer, killed)) })
  await Promise.all([owner.kill('SIGTERM'), observer.kill('SIGTERM')])
}
report('expiry', rows)
process.exit(rows.every(({ expired, pushed_twice }) => expired === SESSIONS && pushed_twice === 0) ? 0 : 1)

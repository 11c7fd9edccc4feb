import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { post, startServer } from '../../bench/lib/server.ts'
import type { Session } from '../../schemas/session.ts'
import { ownRedis } from '../helpers/backends.ts'
import { newSession } from '../helpers/sessions.ts'

const SESSIONS = 20
const ACKNOWLEDGED = 400
const ROUNDS = 2

/** Switches without pause until `crash` has happened after enough answers; the last answered version of each session. */
async function playUntil(
  base: string,
  ids: string[],
  acknowledged: Map<string, number>,
  crash: () => Promise<void>,
) {
  let answers = 0
  let crashed: Promise<void> | undefined
  await Promise.all(
    ids.map(async (id) => {
      for (;;) {
        const answer = await post(base, `/v1/sessions/${id}/switch`).catch(() => null)
        if (!answer) return
        acknowledged.set(id, answer.data.version as number)
        if (++answers === ACKNOWLEDGED) crashed = crash()
      }
    }),
  )
  await crashed
}

async function read(base: string, id: string): Promise<Session> {
  const response = await fetch(`${base}/v1/sessions/${id}`)
  const body = (await response.json()) as { data: Session }
  if (!response.ok) throw new Error(`GET ${id}: ${response.status} ${JSON.stringify(body)}`)
  return body.data
}

/** Starts a server, lets it crash under load and starts it again, round by round. */
async function crashes(
  t: Test,
  env: Record<string, string>,
  restartStore: () => Promise<void> = async () => {},
) {
  const ids = Array.from({ length: SESSIONS }, () => randomUUID())
  const acknowledged = new Map<string, number>()
  let server = await startServer(env)
  for (const session_id of ids) {
    await post(server.base, '/v1/sessions', {
      ...newSession({ totals: [86_400_000, 86_400_000] }),
      session_id,
    })
    await post(server.base, `/v1/sessions/${session_id}/start`)
  }
  for (let round = 0; round < ROUNDS; round++) {
    await playUntil(server.base, ids, acknowledged, () => server.kill('SIGKILL'))
    await restartStore()
    server = await startServer(env)
    for (const id of ids) {
      const session = await read(server.base, id)
      const known = acknowledged.get(id) as number
      const fits = session.version === known || session.version === known + 1
      if (!fits) t.fail(`${id}: version ${known} was acknowledged, ${session.version} is there`)
    }
    t.pass(`round ${round}: every acknowledged version is there, and at most the one in flight besides`)
  }
  await server.kill('SIGTERM')
  t.equal(server.child.exitCode, 0, 'and it ends orderly')
}

t.test('kill -9 under load loses nothing acknowledged on the embedded store', async (t) => {
  await crashes(t, { DATA_DIR: t.testdir() })
})

t.test('kill -9 of the server and of Redis loses nothing acknowledged with appendfsync always', async (t) => {
  const redis = await ownRedis(t, ['--appendonly', 'yes', '--appendfsync', 'always'])
  if (!redis) return
  await crashes(t, { REDIS_URL: redis.url, DATA_DIR: t.testdir() }, async () => {
    await redis.kill('SIGKILL')
    await redis.restart()
  })
})

t.test('sessions that ran out while nobody was there are handled on return', async (t) => {
  const env = { DATA_DIR: t.testdir() }
  const first = await startServer(env)
  const single = newSession({ totals: [1000] })
  const cycles = newSession({ sync_mode: 'per_cycle', totals: [1000, 1000], auto_advance: true })
  for (const body of [single, cycles]) {
    await post(first.base, '/v1/sessions', body)
    await post(first.base, `/v1/sessions/${body.session_id}/start`)
  }
  await first.kill('SIGKILL')
  // Real processes live in real time: a second of it has to pass while nobody is there.
  await delay(1100)
  const second = await startServer(env)
  let session = await read(second.base, single.session_id)
  while (session.status === 'running') session = await read(second.base, single.session_id)
  t.match(session, {
    status: 'expired',
    version: 3,
    participants: [{ time_used_ms: 1000, has_expired: true }],
  })
  const turns = await read(second.base, cycles.session_id)
  const sinceStart = Date.parse(String(turns.cycle_started_at)) - Date.parse(String(turns.session_started_at))
  t.equal(sinceStart % 1000, 0, 'the boundaries are exact')
  t.ok(turns.version >= 3)
  await second.kill('SIGTERM')
})

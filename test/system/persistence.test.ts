import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { post, startServer, temporaryFolder } from '../../bench/lib/server.ts'
import { createPostgres } from '../../plugins/jobs/postgres.ts'
import { ownPostgres, ownRedis } from '../helpers/backends.ts'
import { embeddedForTest } from '../helpers/databases.ts'
import { freePort } from '../helpers/servers.ts'
import { newSession } from '../helpers/sessions.ts'

const SESSIONS = 200
const SWITCHES = 8000
const AWAY_MS = 8000
const SETTLED_WITHIN_MS = 120_000

t.setTimeout(300_000)

t.test(
  'through two kill -9 of an instance and an outage of PostgreSQL, every version is written once',
  async (t) => {
    const redis = await ownRedis(t, ['--appendonly', 'yes'])
    const postgres = await ownPostgres(t)
    if (!redis || !postgres) return
    const shared = { REDIS_URL: redis.url, DATABASE_URL: postgres.url, PERSISTENCE: 'on', LOG_LEVEL: 'fatal' }
    const start = async (port: number) =>
      startServer({ ...shared, DATA_DIR: temporaryFolder(), PORT: String(port) })
    const [portA, portB] = [await freePort(), await freePort()]
    let a = await start(portA)
    const b = await start(portB)
    t.teardown(() => Promise.all([a.kill(), b.kill()]))
    const ids = Array.from({ length: SESSIONS }, () => randomUUID())
    for (const session_id of ids) {
      await post(b.base, '/v1/sessions', { ...newSession({ totals: [86_400_000, 86_400_000] }), session_id })
      await post(b.base, `/v1/sessions/${session_id}/start`)
    }

    let answered = 0
    let refused = 0
    const at = (share: number) => async () => {
      while (answered < SWITCHES * share) await pause(20)
    }
    const switchAll = async (id: string, turn: number) => {
      for (let i = 0; i < SWITCHES / SESSIONS; ) {
        const { base } = (i + turn) % 2 ? a : b
        try {
          await post(base, `/v1/sessions/${id}/switch`)
          answered++
          i++
        } catch {
          // The instance is down: the other one takes the next try.
          refused++
          turn++
          await pause(20)
        }
      }
    }
    const crash = async () => {
      await a.kill('SIGKILL')
      a = await start(portA)
    }
    const disasters = async () => {
      await at(0.15)()
      await crash()
      await at(0.3)()
      await postgres.kill()
      const back = pause(AWAY_MS).then(() => postgres.restart())
      await at(0.6)()
      await crash()
      await back
    }
    const began = performance.now()
    await Promise.all([disasters(), ...ids.map(switchAll)])
    t.ok(answered >= SWITCHES, `${answered} switches in ${Math.round(performance.now() - began)} ms`)
    t.comment(`${refused} tries found the instance down`)

    const versions = new Map<string, number>()
    for (const id of ids) {
      const response = await fetch(`${b.base}/v1/sessions/${id}`)
      versions.set(id, ((await response.json()) as { data: { version: number } }).data.version)
    }
    const committed = [...versions.values()].reduce((sum, version) => sum + version, 0)
    const database = createPostgres({ url: postgres.url, pool_size: 3 })
    t.teardown(() => database.close())
    const settling = performance.now()
    for (;;) {
      const [row] = await database.query('SELECT count(*)::integer AS n FROM synckairos.events')
      if (row?.n >= committed || performance.now() - settling > SETTLED_WITHIN_MS) break
      await pause(100)
    }
    t.comment(`settled ${Math.round(performance.now() - settling)} ms after the last switch`)
    const rows = await database.query<{ key: string; versions: number[] }>(
      'SELECT key, array_agg(version ORDER BY version) AS versions FROM synckairos.events GROUP BY key',
    )
    t.equal(rows.length, SESSIONS)
    for (const { key, versions: written } of rows) {
      const expected = Array.from({ length: versions.get(key) ?? 0 }, (_, i) => i + 1)
      if (JSON.stringify(written) !== JSON.stringify(expected)) t.strictSame(written, expected, key)
    }
    const folded = await database.query('SELECT session_id, version FROM synckairos.sessions')
    t.strictSame(
      folded.filter(({ session_id, version }) => version !== versions.get(session_id)),
      [],
      'and every session is folded to its end',
    )
    const lost = await database.query("SELECT id FROM synckairos.job WHERE name = 'events_dead'")
    t.strictSame(lost, [])
  },
)

t.test(
  'through kill -9 of a server that has nothing but its folder, every version is written once',
  async (t) => {
    const { DATA_DIR } = await embeddedForTest(t)
    const start = () => startServer({ DATA_DIR, PERSISTENCE: 'on', LOG_LEVEL: 'fatal' })
    let server = await start()
    t.teardown(() => server.kill())
    const ids = Array.from({ length: 10 }, () => randomUUID())
    for (const session_id of ids) {
      await post(server.base, '/v1/sessions', {
        ...newSession({ totals: [86_400_000, 86_400_000] }),
        session_id,
      })
      await post(server.base, `/v1/sessions/${session_id}/start`)
    }
    for (const crash_after_ms of [300, 1500, 4000]) {
      const until = performance.now() + crash_after_ms
      const crashed = pause(crash_after_ms).then(() => server.kill())
      const switchAll = async (id: string) => {
        while (performance.now() < until) await post(server.base, `/v1/sessions/${id}/switch`).catch(() => {})
      }
      await Promise.all([crashed, ...ids.map(switchAll)])
      server = await start()
    }
    for (const id of ids) {
      const url = `${server.base}/v1/sessions/${id}`
      const { data } = (await (await fetch(url)).json()) as { data: { version: number } }
      for (let tries = 0; ; tries++) {
        const answer = await fetch(`${url}/history?min_version=${data.version}&format=csv`)
        const lines = (await answer.text()).trimEnd().split('\r\n').slice(1)
        const written = lines.map((line) => Number(line.split(',')[2]))
        const expected = Array.from({ length: data.version }, (_, i) => i + 1)
        if (written.length < expected.length && tries < 60) {
          await pause(500)
          continue
        }
        t.strictSame(written, expected, `${data.version} versions`)
        break
      }
    }
  },
)

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { DEAD_LETTERS } from '../../plugins/persistence/queue.ts'
import type { Event } from '../../schemas/event.ts'
import type { HistoryEvent } from '../../schemas/history.ts'
import { call } from '../helpers/app.ts'
import { newSession, startSession } from '../helpers/sessions.ts'

/** A server that keeps an audit log; `restart` closes it and starts another one on the same data. */
export type Recorded = { app: FastifyInstance; restart(): Promise<FastifyInstance> }

type Page = { events: HistoryEvent[]; next_after: string | null; version: number | null }

/** Asks until the database is there: it starts behind the server. */
export async function whenReady(ask: () => ReturnType<typeof call>): ReturnType<typeof call> {
  for (let tries = 0; ; tries++) {
    const answer = await ask()
    if (answer.status !== 503 || tries > 600) return answer
    await pause(50)
  }
}

/** The whole history of a session, once the audit log has a version. */
export async function historyOf(
  app: FastifyInstance,
  id: string,
  min_version: number,
): Promise<HistoryEvent[]> {
  for (let tries = 0; ; tries++) {
    const events: HistoryEvent[] = []
    let after = ''
    let version = 0
    for (;;) {
      const url = `/v1/sessions/${id}/history?min_version=${min_version}${after && `&after=${after}`}`
      const answer = await whenReady(() => call(app, 'GET', url))
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      const page = answer.body.data as Page
      events.push(...page.events)
      version = page.version ?? 0
      if (page.next_after === null) break
      after = page.next_after
    }
    if (version >= min_version || tries > 20) return events
  }
}

const versions = (events: { version: number }[]) => events.map(({ version }) => version)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

/** What every pair of a store and a database does; `restart` is called last. */
export function persistenceSuite(t: Test, { app, restart }: Recorded): void {
  t.test(
    'the history tells every change and the state after it, also when the session is gone',
    async (t) => {
      const { id, url, players, body } = await startSession(app, {
        metadata: { room: 'A', list: [1, null, 'ü'] },
      })
      for (const step of ['switch', 'pause', 'resume', 'switch', 'complete'])
        await call(app, 'POST', `${url}/${step}`)
      const { body: last } = await call(app, 'GET', url)
      const events = await historyOf(app, id, 7)
      t.strictSame(versions(events), upTo(7))
      t.strictSame(
        events.map(({ type }) => type.replace('session.', '')),
        ['created', 'started', 'switched', 'paused', 'resumed', 'switched', 'completed'],
      )
      t.strictSame(events.at(-1)?.state, last.data)
      t.match(events[0], {
        session_id: id,
        participant_id: null,
        state: { metadata: body.metadata, status: 'pending' },
      })
      t.match(events[2], { participant_id: players[0], state: { active_participant_id: players[1] } })
      t.equal(events[2]?.time_used_ms, events[2]?.state?.participants[0]?.time_used_ms)
      t.equal(events[2]?.time_remaining_ms, events[2]?.state?.participants[0]?.time_remaining_ms)

      await call(app, 'DELETE', url)
      const after = await historyOf(app, id, 8)
      t.strictSame(after.slice(0, 7), events)
      t.match(after[7], { type: 'session.deleted', state: null })
    },
  )

  t.test('pages and lines hold the same events, each once', async (t) => {
    const { id, url } = await startSession(app)
    for (let i = 0; i < 20; i++) await call(app, 'POST', `${url}/switch`)
    const events = await historyOf(app, id, 22)
    const paged: HistoryEvent[] = []
    let after: string | null = '0'
    while (after !== null) {
      const { body } = await call(app, 'GET', `${url}/history?limit=5&after=${after}`)
      t.ok(body.data.events.length <= 5)
      paged.push(...body.data.events)
      after = body.data.next_after
    }
    t.strictSame(paged, events)

    const csv = await call(app, 'GET', `${url}/history?format=csv`)
    t.match(csv.headers['content-type'], 'text/csv')
    const [header, ...lines] = String(csv.body).trimEnd().split('\r\n')
    t.match(header, /^session_id,epoch,version,type,at,participant_id,/)
    t.strictSame(
      lines.map((line) => Number(line.split(',')[2])),
      upTo(22),
    )
    const few = await call(app, 'GET', `${url}/history?format=csv&limit=3&after=10`)
    t.equal(String(few.body).trimEnd().split('\r\n').length, 4)
  })

  t.test(
    'a session that was created again has both its lives in its history, and the figures of the new one',
    async (t) => {
      const { id, url, body, players } = await startSession(app)
      await call(app, 'POST', `${url}/switch`)
      await call(app, 'DELETE', url)
      await call(app, 'POST', '/v1/sessions', body)
      await call(app, 'POST', `${url}/start`)
      await call(app, 'POST', `${url}/complete`)
      const events = await historyOf(app, id, 7)
      t.strictSame(versions(events), upTo(7))
      t.strictSame(
        events.map(({ type }) => type.replace('session.', '')),
        ['created', 'started', 'switched', 'deleted', 'created', 'started', 'completed'],
      )
      const stats = await call(app, 'GET', `${url}/stats`)
      t.match(stats.body.data, { session_id: id, version: 7, status: 'completed', cycles: 1 })
      t.match(stats.body.data.participants, [
        { participant_id: players[0], turns: 1 },
        { participant_id: players[1], turns: 0, time_used_ms: 0, average_turn_ms: null },
      ])
    },
  )

  t.test(
    'who asks for what nobody knows is told so, and who asks too early gets what there is',
    async (t) => {
      const { id, url } = await startSession(app)
      await historyOf(app, id, 2)
      for (const unknown of [randomUUID(), 'nothing', '%00']) {
        for (const what of ['history', 'history?format=csv', 'stats']) {
          const answer = await call(app, 'GET', `/v1/sessions/${unknown}/${what}`)
          t.match([answer.status, answer.body.error?.code], [404, 'SESSION_NOT_FOUND'], `${unknown} ${what}`)
        }
      }
      const early = await call(app, 'GET', `${url}/history?min_version=3`)
      t.match(early.body.data, { version: 2, events: [{ version: 1 }, { version: 2 }], next_after: null })
      for (const query of ['after=x', 'limit=0', 'min_version=0', 'format=xml', 'other=1']) {
        t.equal((await call(app, 'GET', `${url}/history?${query}`)).status, 400, query)
      }
    },
  )

  t.test('min_version answers when the version is there', async (t) => {
    const { id, url } = await startSession(app)
    await historyOf(app, id, 2)
    const waiting = call(app, 'GET', `${url}/history?min_version=3`)
    await call(app, 'POST', `${url}/switch`)
    t.equal((await waiting).body.data.version, 3)
  })

  t.test('what many sessions do at once is all there, once', async (t) => {
    const sessions = await Promise.all(Array.from({ length: 30 }, () => startSession(app)))
    await Promise.all(
      sessions.map(async ({ url }) => {
        for (let i = 0; i < 10; i++) await call(app, 'POST', `${url}/switch`)
      }),
    )
    for (const { id } of sessions) t.strictSame(versions(await historyOf(app, id, 12)), upTo(12))
  })

  t.test('an event that PostgreSQL refuses ends alone in the dead-letter queue', async (t) => {
    const at = app.clock.now()
    const events = upTo(20).map(
      (version): Event => ({
        topic: 'notes',
        type: 'note.taken',
        key: 'n',
        epoch: 1,
        version,
        at,
        data: { text: version === 7 ? 'a\u0000b\ud800' : 'fine' },
      }),
    )
    const written = Promise.withResolvers<void>()
    t.teardown(app.persistence.onWritten('notes', 'n', written.resolve))
    const next = { epoch: 1, version: 20, document: '{}', label: 'x' }
    await app.store.commit(
      { topic: 'notes', id: 'n' },
      {
        expect: null,
        next,
        version: 20,
        events,
        deadline: null,
        lifetime_ms: 60_000,
        operation_id: randomUUID(),
      },
    )
    await written.promise
    await app.persistence.settled()
    const rows = await app.jobs
      .database()
      .query(`SELECT version, data FROM ${app.jobs.schema}.events WHERE topic = 'notes' ORDER BY version`)
    t.strictSame(versions(rows as never), upTo(20))
    t.strictSame(versions(rows.filter(({ data }) => data === null) as never), [7])
    const dead = await app.jobs.boss().findJobs<{ events: string }>(DEAD_LETTERS)
    t.strictSame(
      dead.map(({ data }) => JSON.parse(data.events)),
      [[events[6]]],
    )
    await whenReady(() => call(app, 'GET', '/ready'))
    const metrics = await call(app, 'GET', '/metrics')
    t.match(metrics.body, /^synckairos_persistence_refused_total 1$/m)
  })

  t.test('what was committed when the server closed is written after the next start', async (t) => {
    const { id, url } = await startSession(app)
    const second = await restart()
    await call(second, 'POST', `${url}/switch`)
    t.strictSame(versions(await historyOf(second, id, 3)), upTo(3))
    const { body } = await call(second, 'GET', '/metrics')
    t.match(body, /^synckairos_outbox_backlog \d+$/m)
    t.match(body, /^synckairos_persistence_lag_ms_count \d+$/m)
  })
}

/** Two instances that share everything: each has what the other did. */
export function sharedSuite(t: Test, deploy: (t: Test) => Promise<FastifyInstance[] | null>): void {
  t.test('what two instances do to one session is one history', async (t) => {
    const [a, b] = (await deploy(t)) ?? []
    if (!a || !b) return
    const session = newSession()
    const url = `/v1/sessions/${session.session_id}`
    await call(a, 'POST', '/v1/sessions', session)
    await call(b, 'POST', `${url}/start`)
    for (let i = 0; i < 20; i++) await call(i % 2 ? a : b, 'POST', `${url}/switch`)
    for (const app of [a, b]) {
      t.strictSame(versions(await historyOf(app, session.session_id, 22)), upTo(22))
    }
  })
}

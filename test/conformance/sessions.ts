import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Session } from '../../schemas/session.ts'
import { call } from '../helpers/app.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

/** What every deployment answers to the REST calls of a session. */
export function sessionsSuite(t: Test, deploy: Deploy): void {
  t.test('a session is created, played, read and deleted', async (t) => {
    const { a, b, clock } = await deploy(t)
    const body = newSession({ increment_ms: 1000, metadata: { room: 'A', nested: { list: [1, null, 'ü'] } } })
    const [white, black] = body.participants.map((p) => p.participant_id)
    const url = `/v1/sessions/${body.session_id}`

    const created = await call(a, 'POST', '/v1/sessions', body)
    t.equal(created.status, 201)
    t.equal(created.headers.location, url)
    t.match(created.body.data, {
      session_id: body.session_id,
      status: 'pending',
      version: 1,
      metadata: body.metadata,
      active_participant_id: null,
      total_time_ms: null,
      time_per_cycle_ms: null,
      max_time_ms: null,
      auto_advance: false,
      action_on_timeout: null,
      cycle_started_at: null,
      session_started_at: null,
      session_completed_at: null,
      created_at: new Date(clock.now()).toISOString(),
    })

    const started = await call(b, 'POST', `${url}/start`)
    t.match(started.body.data, { status: 'running', version: 2, active_participant_id: white })
    t.equal(started.body.data.cycle_deadline_at, new Date(clock.now() + 60_000).toISOString())

    clock.advance(2500)
    const switched = await call(a, 'POST', `${url}/switch`)
    t.equal(switched.status, 200)
    t.strictSame(Object.keys(switched.body.data).sort(), [
      'active_participant_id',
      'cycle_started_at',
      'participants',
      'session_id',
      'status',
      'version',
    ])
    t.match(switched.body.data, { version: 3, active_participant_id: black, status: 'running' })
    t.match(switched.body.data.participants[0], {
      total_time_ms: 58_500,
      time_remaining_ms: 58_500,
      time_used_ms: 2500,
      overtime_ms: 0,
      cycle_count: 1,
      is_active: false,
    })

    clock.advance(1000)
    t.match((await call(b, 'POST', `${url}/pause`)).body.data, { status: 'paused', cycle_started_at: null })
    clock.advance(3_600_000)
    t.match((await call(a, 'POST', `${url}/resume`)).body.data, { status: 'running', version: 5 })
    clock.advance(1000)
    const completed = await call(b, 'POST', `${url}/complete`)
    t.match(completed.body.data, { status: 'completed', version: 6, active_participant_id: null })
    t.equal(completed.body.data.participants[1].time_used_ms, 2000)
    t.strictSame((await call(a, 'POST', `${url}/complete`)).body, completed.body, 'again it changes nothing')
    t.strictSame((await call(a, 'GET', url)).body, completed.body)

    t.equal((await call(a, 'DELETE', url)).status, 204)
    t.equal((await call(b, 'DELETE', url)).status, 204, 'also when absent')
    t.match(await call(b, 'GET', url), { status: 404, body: { error: { code: 'SESSION_NOT_FOUND' } } })
  })

  t.test(
    'transitions that the status does not allow are refused in the words clients look for',
    async (t) => {
      const { a } = await deploy(t)
      const body = newSession()
      const url = `/v1/sessions/${body.session_id}`
      const refused = async (action: string, message: string) => {
        const before = (await call(a, 'GET', url)).body
        t.match(await call(a, 'POST', `${url}/${action}`), {
          status: 400,
          body: { error: { code: 'INVALID_STATE_TRANSITION', message: new RegExp(message) } },
        })
        t.strictSame((await call(a, 'GET', url)).body, before, 'nothing changed')
      }
      await call(a, 'POST', '/v1/sessions', body)
      await refused('switch', 'not running \\(current status: pending\\)')
      await refused('pause', 'cannot be paused \\(current status: pending\\)')
      await refused('resume', 'cannot be resumed \\(current status: pending\\)')
      await call(a, 'POST', `${url}/start`)
      await refused('start', 'cannot be started \\(current status: running\\)')
    },
  )

  t.test('create never overwrites; the identical create again is answered with what is stored', async (t) => {
    const { a, b } = await deploy(t)
    const { body, url } = await startSession(a)
    const stored = (await call(a, 'GET', url)).body
    const again = await call(b, 'POST', '/v1/sessions', body)
    t.match(again, { status: 201, body: stored })
    t.match(await call(b, 'POST', '/v1/sessions', { ...body, increment_ms: 5 }), {
      status: 409,
      body: { error: { code: 'SESSION_ALREADY_EXISTS' } },
    })
    t.strictSame((await call(a, 'GET', url)).body, stored)
  })

  t.test('a session created again after its deletion goes on above its last version', async (t) => {
    const { a, b } = await deploy(t)
    const { body, url } = await startSession(a)
    await call(a, 'DELETE', url)
    const again = await call(b, 'POST', '/v1/sessions', body)
    t.match(again, { status: 201, body: { data: { status: 'pending' } } })
    t.ok(again.body.data.version > 2)
  })

  t.test('expectations that no longer hold are refused and change nothing', async (t) => {
    const { a, b } = await deploy(t)
    const { url, players } = await startSession(a)
    const conflict = (expected_version: number | null) => ({
      status: 409,
      body: { error: { code: 'CONFLICT', details: { expected_version, actual_version: 2 } } },
    })
    t.match(await call(b, 'POST', `${url}/switch`, { expected_version: 1 }), conflict(1))
    t.match(await call(b, 'POST', `${url}/switch`, { current_participant_id: players[1] }), conflict(null))
    t.match(await call(b, 'POST', `${url}/switch`, { next_participant_id: randomUUID() }), {
      status: 400,
      body: { error: { code: 'VALIDATION_ERROR', details: [{ field: 'next_participant_id' }] } },
    })
    const etag = (await call(a, 'GET', url)).headers.etag
    t.match(await call(a, 'GET', url, undefined, { 'if-none-match': etag }), { status: 304, body: '' })
    const fits = { expected_version: 2, current_participant_id: players[0], next_participant_id: players[0] }
    t.match(await call(b, 'POST', `${url}/switch`, fits, { 'if-match': etag }), {
      status: 200,
      body: { data: { version: 3 } },
    })
    t.match(await call(a, 'POST', `${url}/pause`, undefined, { 'if-match': etag }), {
      status: 412,
      body: { error: { code: 'PRECONDITION_FAILED' } },
    })
    t.equal((await call(a, 'GET', url, undefined, { 'if-none-match': etag })).status, 200)
    t.equal((await call(a, 'GET', url)).body.data.version, 3)
  })

  t.test(
    'a repeated Idempotency-Key gets its answer again, also where the call would be refused by now',
    async (t) => {
      const { a, b } = await deploy(t)
      const body = newSession()
      const steps = [
        'POST /v1/sessions',
        ...['start', 'pause', 'resume', 'complete'].map((s) => `POST /${s}`),
        'DELETE /',
      ]
      for (const step of steps) {
        const [method, path] = step.split(' ') as ['POST' | 'DELETE', string]
        const url =
          path === '/v1/sessions' ? path : `/v1/sessions/${body.session_id}${path.replace(/\/$/, '')}`
        const key = { 'idempotency-key': randomUUID() }
        const first = await call(a, method, url, path === '/v1/sessions' ? body : undefined, key)
        const again = await call(b, method, url, path === '/v1/sessions' ? body : undefined, key)
        t.match(again, { status: first.status, body: first.body }, step)
        t.equal(again.headers['idempotency-replayed'], 'true')
      }
    },
  )

  t.test('a repeated Idempotency-Key takes effect once, on every instance', async (t) => {
    const { a, b } = await deploy(t)
    const { url } = await startSession(a)
    const key = { 'idempotency-key': randomUUID() }
    const first = await call(a, 'POST', `${url}/switch`, {}, key)
    t.equal(first.headers['idempotency-replayed'], undefined)
    const second = await call(b, 'POST', `${url}/switch`, {}, key)
    t.equal(second.headers['idempotency-replayed'], 'true')
    t.strictSame(second.body, first.body)
    t.equal(second.headers.etag, first.headers.etag)
    t.match(await call(b, 'POST', `${url}/pause`, undefined, key), {
      status: 422,
      body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    })
    const racing = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(
      [a, b, a, b].map((app) => call(app, 'POST', `${url}/switch`, {}, racing)),
    )
    for (const { status } of answers) t.ok(status === 200 || status === 409)
    t.equal((await call(a, 'GET', url)).body.data.version, 4)
  })

  t.test('sessions are listed newest first, page by page, by status', async (t) => {
    const { a, b, clock } = await deploy(t)
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      const { id } = await startSession(a)
      ids.unshift(id)
      if (i % 2 === 0) clock.advance(1)
    }
    await call(a, 'POST', `/v1/sessions/${ids[2]}/pause`)
    const listed: Session[] = []
    let cursor: string | null = null
    do {
      const page = await call(
        b,
        'GET',
        `/v1/sessions?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      )
      t.equal(page.status, 200)
      listed.push(...page.body.data.sessions)
      cursor = page.body.data.next_cursor
    } while (cursor)
    t.strictSame(listed.map((s) => s.session_id).sort(), ids.toSorted())
    const created = listed.map((s) => s.created_at)
    t.strictSame(created, created.toSorted().reverse())
    const paused = await call(b, 'GET', '/v1/sessions?status=paused')
    t.match(paused.body.data, { sessions: [{ session_id: ids[2], status: 'paused' }], next_cursor: null })
    t.equal(paused.body.data.sessions.length, 1)
    t.equal((await call(b, 'GET', '/v1/sessions?cursor=%00nonsense')).status, 400)
    t.equal((await call(b, 'GET', '/v1/sessions?limit=0')).status, 400)
  })
}

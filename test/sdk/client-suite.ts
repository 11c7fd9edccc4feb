import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { type Client, type ClientOptions, type CreateSession, createClient, newId } from '../../sdk/index.ts'
import type { Deploy } from '../conformance/deployment.ts'
import { listen } from '../helpers/realtime.ts'
import { completionOf, measured, newRun, progressOf } from '../helpers/runs.ts'
import { newSession, type Settings } from '../helpers/sessions.ts'
import { createTcpProxy } from '../helpers/tcp-proxy.ts'

/** A client of an app that listens, closed after the test. Its pauses take no time. */
export async function clientOf(t: Test, app: FastifyInstance, options: ClientOptions = {}): Promise<Client> {
  const client = createClient({ url: `http://${await listen(app)}`, random: () => 0, ...options })
  t.teardown(() => client.close())
  return client
}

/** The body of a create. */
export const newGame = (settings?: Settings) => newSession(settings) as CreateSession

/** What the client does with every deployment. */
export function clientSuite(t: Test, deploy: Deploy): void {
  t.test('a session is created, played, read and deleted', async (t) => {
    const { a, b } = await deploy(t)
    const [one, two] = [await clientOf(t, a), await clientOf(t, b)]
    const { sessions } = one
    const body = newGame({ metadata: { title: 'ü' } })
    const { session_id: id, participants } = body
    const [first = '', second = ''] = participants.map((each) => each.participant_id)

    const created = await sessions.create(body)
    t.match(created, { session_id: id, status: 'pending', version: 1, metadata: { title: 'ü' } })
    t.same(await two.sessions.create(body), created, 'the same again')
    t.match(await sessions.start(id), { status: 'running', active_participant_id: first })
    t.match(await two.sessions.switch(id), { version: 3, active_participant_id: second })
    t.match(await sessions.switch(id, { next_participant_id: second, expected_version: 3 }), { version: 4 })
    t.match(await sessions.pause(id), { status: 'paused' })
    t.match(await sessions.resume(id, { expected_version: 5 }), { status: 'running', version: 6 })
    t.match(await two.sessions.get(id), { version: 6, participants: [{ participant_id: first }, {}] })
    const list = await sessions.list({ status: 'running', limit: 5 })
    t.same(
      list.sessions.map(({ session_id }) => session_id),
      [id],
    )
    t.equal(list.next_cursor, null)
    t.match(await sessions.complete(id), { status: 'completed', version: 7 })
    t.match(await sessions.watchers(id), { total: 0, watchers: [] })
    t.equal(await sessions.delete(id), undefined)
    t.equal(await sessions.delete(id), undefined, 'it is gone either way')
    await t.rejects(two.sessions.get(id), { kind: 'not_found', code: 'SESSION_NOT_FOUND', status: 404 })
  })

  t.test('refusals come in the words of the server', async (t) => {
    const { a } = await deploy(t)
    const { sessions } = await clientOf(t, a)
    const body = newGame()
    const id = body.session_id
    await sessions.create(body)
    await t.rejects(sessions.create({ ...body, increment_ms: 5 }), { code: 'SESSION_ALREADY_EXISTS' })
    await t.rejects(sessions.create({ ...newGame(), participants: [] }), {
      name: 'SyncKairosError',
      kind: 'invalid',
      code: 'VALIDATION_ERROR',
      status: 400,
      details: [{ field: 'participants' }],
      request_id: /.+/,
    })
    await t.rejects(sessions.switch(id), { kind: 'invalid', code: 'INVALID_STATE_TRANSITION' })
    await sessions.start(id)
    await t.rejects(sessions.switch(id, { expected_version: 1 }), {
      kind: 'conflict',
      code: 'CONFLICT',
      retryable: false,
      details: { expected_version: 1, actual_version: 2 },
    })
    await t.rejects(sessions.pause(id, { expected_version: 1 }), {
      kind: 'precondition',
      code: 'PRECONDITION_FAILED',
    })
    await t.rejects(sessions.pause(id, { if_match: '"1-1"' }), { code: 'PRECONDITION_FAILED' })
    const idempotency_key = newId()
    await sessions.pause(id, { idempotency_key })
    await t.rejects(sessions.resume(id, { idempotency_key }), {
      kind: 'reused',
      code: 'IDEMPOTENCY_KEY_REUSED',
    })
    await t.rejects(sessions.get('..'), { kind: 'invalid', code: 'INVALID_ID' })
  })

  t.test('a change whose reply is lost is repeated, and counts once', async (t) => {
    const { a } = await deploy(t)
    const proxy = await createTcpProxy(t, Number((await listen(a)).split(':')[1]))
    const { sessions } = await clientOf(t, a, { url: `http://127.0.0.1:${proxy.port}` })
    const body = newGame()
    const id = body.session_id
    const [, second] = body.participants.map((each) => each.participant_id)
    proxy.loseReplyTo('POST /v1/sessions ')
    t.match(await sessions.create(body), { version: 1 })
    proxy.loseReplyTo(`POST /v1/sessions/${id}/start`)
    t.match(await sessions.start(id), { version: 2 })

    let in_between: unknown
    const direct = await clientOf(t, a)
    proxy.loseReplyTo(`POST /v1/sessions/${id}/switch`, async () => {
      in_between = await direct.sessions.get(id)
    })
    const result = await sessions.switch(id, { expected_version: 2 })
    t.match(in_between, { version: 3 }, 'it had taken effect before its reply was lost')
    t.match(result, { version: 3, active_participant_id: second }, 'not refused for its own doing')
    proxy.loseReplyTo(`POST /v1/sessions/${id}/pause`)
    t.match(await sessions.pause(id, { expected_version: 3 }), { version: 4 })
    proxy.loseReplyTo(`DELETE /v1/sessions/${id}`)
    await sessions.delete(id)
    await t.rejects(sessions.get(id), { code: 'SESSION_NOT_FOUND' })

    proxy.loseReplyTo('GET /v1/time')
    const { time } = await clientOf(t, a, { url: `http://127.0.0.1:${proxy.port}`, retries: 0 })
    await t.rejects(time(), { kind: 'network', code: 'NETWORK_ERROR', status: null })
  })

  t.test('whoever asks while the first call is at work gets its answer', async (t) => {
    const { a } = await deploy(t)
    const { sessions } = await clientOf(t, a, { retries: 50 })
    const body = newGame()
    await sessions.create(body)
    await sessions.start(body.session_id)
    const idempotency_key = newId()
    const calls = Array.from({ length: 5 }, () => sessions.switch(body.session_id, {}, { idempotency_key }))
    const answers = await Promise.all(calls)
    for (const answer of answers) t.same(answer, answers[0])
    t.match(await sessions.get(body.session_id), { version: 3 })
  })

  t.test('a run is reported, read, compared and exported', async (t) => {
    const { a, b, clock } = await deploy(t)
    const [one, two] = [await clientOf(t, a), await clientOf(t, b)]
    const { runs } = one
    const body = newRun(clock.now(), { labels: { branch: 'main', team: 'a' } })
    const { run_id: id, timestamp: at } = body
    t.same(await runs.start(body), { status: 'created' })
    t.same(await runs.start(body), { status: 'created' })
    t.same(await two.runs.keepalive({ ...body, run_timeout: 600 }), { status: 'acknowledged' })
    clock.advance(5000)
    for (const s of [1, 2, 3]) {
      t.same(await runs.progress(id, progressOf(at + s, measured({ block: s }))), { status: 'updated' })
    }
    const other = newRun(clock.now(), { run_id: `other:${id}` })
    await runs.start(other)
    await runs.complete(other.run_id, completionOf(at + 6, { success: false, error: 'x' }))
    t.same(await two.runs.complete(id, completionOf(at + 4)), { status: 'completed' })

    const detail = await two.runs.get(id)
    t.match(detail, { run_id: id, status: 'finished', run_timeout: 600, final_block: 500 })
    t.equal(detail.progress_history.length, 3)
    const listed = await runs.list({ label: ['branch=main', 'team'], active: false, client: 'geth' })
    t.match(listed, { total_count: 1, active_count: 0, tests: [{ run_id: id }] })
    t.match(await runs.get(other.run_id), { status: 'failed', error: 'x' })
    const comparison = await runs.compare({ ids: [id, other.run_id], metric: 'block', points: 3 })
    t.same(
      comparison.runs.map(({ run_id }) => run_id),
      [id, other.run_id],
    )
    t.equal(comparison.x.length, 3)
    const baseline = await runs.baseline(id, { against: other.run_id, max_duration_ratio: 9 })
    t.match(baseline, { run_id: id, against: other.run_id })
    t.match(await runs.export(id, 'csv'), /^timestamp,received_at,block,/)
    t.match(JSON.parse(await runs.export(id, 'json')), { data: { run_id: id } })
    await t.rejects(runs.get('nobody'), { kind: 'not_found', code: 'RUN_NOT_FOUND' })
    await t.rejects(runs.progress(id, progressOf(at + 9)), { kind: 'conflict', code: 'CONFLICT' })
  })

  t.test('the server tells of itself', async (t) => {
    const { a } = await deploy(t)
    const client = await clientOf(t, a)
    t.match(await client.time(), { server_version: '2.0.0', timestamp_ms: Number })
    t.match(await client.health(), { status: 'ok', data: { status: 'healthy', total_tests: 0 } })
    t.match(await client.metrics(), /^# HELP/m)
    t.match(await client.instances(), { instances: [{ id: String, figures: {} }] })
    t.match(await client.ready(), { status: 'ready', checks: {} })
    a.health.addCheck('moon', async () => {
      throw new Error('no moon')
    })
    t.match(await client.ready(), { status: 'not_ready', checks: { moon: { status: 'failed' } } })
  })
}

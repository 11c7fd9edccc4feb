import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Session } from '../../schemas/session.ts'
import { call } from '../helpers/app.ts'
import { startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

/** Reads the session until `holds`: the fake clock decides what happens, real I/O when it is done. */
async function eventually(
  app: FastifyInstance,
  url: string,
  holds: (s: Session) => boolean,
): Promise<Session> {
  for (let i = 0; i < 5000; i++) {
    const { status, body } = await call(app, 'GET', url)
    if (status === 200 && holds(body.data)) return body.data
    await setImmediate()
  }
  throw new Error(`it never came to be: ${JSON.stringify((await call(app, 'GET', url)).body)}`)
}

/** What the server does by itself when time runs out. */
export function deadlinesSuite(t: Test, deploy: Deploy): void {
  t.test('at the deadline the turn expires, once, and stays until somebody switches', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, players } = await startSession(a, { totals: [5000, 60_000], increment_ms: 1000 })
    clock.advance(4999)
    t.equal((await call(b, 'GET', url)).body.data.version, 2)
    clock.advance(1)
    const expired = await eventually(b, url, (s) => s.version > 2)
    t.match(expired, { version: 3, status: 'running', active_participant_id: players[0] })
    t.match(expired.participants[0], {
      has_expired: true,
      time_remaining_ms: 0,
      time_used_ms: 5000,
      overtime_ms: 0,
    })
    t.equal(expired.updated_at, expired.cycle_started_at)
    clock.advance(2000)
    const switched = await call(b, 'POST', `${url}/switch`)
    t.match(switched.body.data, { version: 4, expired_participant_id: players[0] })
    t.match(switched.body.data.participants[0], { total_time_ms: 0, time_used_ms: 7000, overtime_ms: 2000 })
  })

  t.test('a call that comes after the deadline finds it handled, however late the timer is', async (t) => {
    const { a, clock } = await deploy(t)
    const { url, players } = await startSession(a, { totals: [5000, 60_000] })
    const late = call(a, 'POST', `${url}/switch`, { expected_version: 2 })
    t.equal((await late).status, 200, 'in time')
    clock.advance(60_000)
    const stale = await call(a, 'POST', `${url}/switch`, { expected_version: 3 })
    t.match(stale, { status: 409, body: { error: { details: { actual_version: 4 } } } })
    const switched = await call(a, 'POST', `${url}/switch`, { expected_version: 4 })
    t.match(switched.body.data, { version: 5, expired_participant_id: players[1] })
  })

  t.test('auto_advance gives the turn to the next at the very deadline', async (t) => {
    const { a, b, clock } = await deploy(t)
    const settings = { sync_mode: 'per_cycle', time_per_cycle_ms: 1000, auto_advance: true }
    const { url, players } = await startSession(a, settings)
    const began = clock.now()
    clock.advance(2500)
    // Time goes on while it is looked for: the second timer is only set once the first turn is committed.
    const session = await eventually(b, url, (s) => clock.advance(1) === undefined && s.version >= 4)
    t.match(session, { version: 4, active_participant_id: players[0] })
    t.equal(session.cycle_started_at, new Date(began + 2000).toISOString())
  })

  t.test('a clock for everybody ends the session', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url } = await startSession(a, { sync_mode: 'global', total_time_ms: 3000 })
    clock.advance(1000)
    await call(b, 'POST', `${url}/switch`)
    clock.advance(2000)
    const session = await eventually(a, url, (s) => s.status !== 'running')
    t.match(session, { status: 'expired', active_participant_id: null, version: 4, cycle_deadline_at: null })
  })

  t.test('what falls due while paused does not happen; resumed, it does', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url } = await startSession(a, { totals: [5000, 5000] })
    clock.advance(4000)
    await call(b, 'POST', `${url}/pause`)
    clock.advance(60_000)
    t.equal((await call(a, 'GET', url)).body.data.version, 3)
    await call(b, 'POST', `${url}/resume`)
    clock.advance(1000)
    const session = await eventually(a, url, (s) => s.version >= 5)
    t.match(session.participants[0], { has_expired: true, time_used_ms: 5000 })
  })
}

import type { Test } from 'tap'
import type { Session } from '../../schemas/session.ts'
import { call } from '../helpers/app.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

const SWITCHES = 1000
const ROUNDS = 200

/** What stays true when calls race, within an instance and between two. */
export function racesSuite(t: Test, deploy: Deploy): void {
  t.test(`${SWITCHES} racing switches: what is acknowledged is what happened`, async (t) => {
    const { a, b } = await deploy(t)
    const { url } = await startSession(a)
    const answers = await Promise.all(
      Array.from({ length: SWITCHES }, (_, i) => call(i % 2 ? a : b, 'POST', `${url}/switch`)),
    )
    const acknowledged = answers.filter(({ status }) => status === 200).map(({ body }) => body.data.version)
    const lost = answers.filter(({ status }) => status !== 200)
    for (const { status, body } of lost) {
      t.equal(status, 409)
      t.type(body.error.details.actual_version, 'number')
    }
    const expected = acknowledged.map((_, i) => i + 3)
    t.strictSame(
      acknowledged.toSorted((x, y) => x - y),
      expected,
      'each has its own version, without gaps',
    )
    const session: Session = (await call(a, 'GET', url)).body.data
    t.equal(session.version, 2 + acknowledged.length)
    const turns = session.participants.reduce((sum, p) => sum + p.cycle_count, 0)
    t.equal(turns, acknowledged.length, 'nothing was lost, nothing doubled')
    t.comment(`${acknowledged.length} acknowledged, ${lost.length} told of the conflict`)
  })

  t.test(`pause against switch, ${ROUNDS} rounds: nothing acknowledged is lost`, async (t) => {
    const { a, b } = await deploy(t)
    for (let round = 0; round < ROUNDS; round++) {
      const { url } = await startSession(a)
      const [paused, switched] = await Promise.all([
        call(a, 'POST', `${url}/pause`),
        call(b, 'POST', `${url}/switch`),
      ])
      const session: Session = (await call(b, 'GET', url)).body.data
      if (paused.status !== 200) t.fail(`pause: ${JSON.stringify(paused.body)}`)
      if (session.status !== 'paused') t.fail(`the pause was lost: ${session.status}`)
      const turns = session.participants.reduce((sum, p) => sum + p.cycle_count, 0)
      if (turns !== (switched.status === 200 ? 1 : 0))
        t.fail(`switch answered ${switched.status}, ${turns} turns`)
      if (session.version !== 3 + turns) t.fail(`version ${session.version} after ${turns} turns`)
    }
    t.pass('every round held')
  })

  t.test(`delete against pause, ${ROUNDS} rounds: nothing comes back`, async (t) => {
    const { a, b } = await deploy(t)
    for (let round = 0; round < ROUNDS; round++) {
      const { url } = await startSession(a)
      const [removed, paused] = await Promise.all([call(a, 'DELETE', url), call(b, 'POST', `${url}/pause`)])
      if (removed.status !== 204) t.fail(`delete: ${JSON.stringify(removed.body)}`)
      if (![200, 404].includes(paused.status)) t.fail(`pause: ${JSON.stringify(paused.body)}`)
      for (const app of [a, b]) {
        const { status } = await call(app, 'GET', url)
        if (status !== 404) t.fail(`the session came back: ${status}`)
      }
    }
    t.pass('every round held')
  })

  t.test('of creates that race for one id with different settings one wins', async (t) => {
    const { a, b } = await deploy(t)
    for (let round = 0; round < 20; round++) {
      const body = newSession()
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          call(i % 2 ? a : b, 'POST', '/v1/sessions', { ...body, increment_ms: i }),
        ),
      )
      const won = answers.filter(({ status }) => status === 201)
      t.equal(won.length, 1)
      const stored = await call(a, 'GET', `/v1/sessions/${body.session_id}`)
      t.strictSame(stored.body, won[0]?.body)
    }
  })
}

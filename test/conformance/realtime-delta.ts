import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { ServerMessage } from '../../schemas/realtime.ts'
import type { Session } from '../../schemas/session.ts'
import { call } from '../helpers/app.ts'
import { connect, type Message, openEvents, watch } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'
import type { Deploy } from './deployment.ts'

type Delta = Extract<ServerMessage, { type: 'STATE_DELTA' }>

/** What a reader of changes makes of them. */
export function applyDelta(state: Session, { changes, participants }: Delta): Session {
  const fresh = new Map(participants.map((participant) => [participant.participant_id, participant]))
  return {
    ...state,
    ...changes,
    participants: state.participants.map((old) => fresh.get(old.participant_id) ?? old),
  }
}

/** The states that a reader had, by version. Throws when something does not fit onto what was there. */
export function statesOf(messages: Message[]): Map<number, Session> {
  const states = new Map<number, Session>()
  let state: Session | null = null
  for (const message of messages) {
    if (message.type === 'STATE_SYNC' || message.type === 'STATE_UPDATE') state = message.state
    else if (message.type === 'SESSION_DELETED') state = null
    else if (message.type === 'STATE_DELTA') {
      if (state?.version !== message.base_version)
        throw new Error(`${message.base_version} is not ${state?.version}`)
      state = applyDelta(state as Session, message)
    } else continue
    if (state) states.set(message.version, state)
  }
  return states
}

/** Those that the other reader has otherwise. It may have been spared some that this one has. */
const unlike = (states: Map<number, Session>, others: Map<number, Session>) =>
  [...states].filter(([version, state]) => !isDeepStrictEqual(state, others.get(version) ?? state))

const types = (messages: Message[]) => messages.map(({ type }) => type)

/** All that may happen to a session, as the path of a call or the time that passes: less of it than sockets may be silent. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant('switch') },
  { weight: 2, arbitrary: fc.constantFrom('pause', 'resume', 'start') },
  { weight: 1, arbitrary: fc.constant('complete') },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 400 }) },
)

const session = fc.record({
  sync_mode: fc.constantFrom('per_participant', 'per_cycle', 'per_group', 'global', 'count_up'),
  totals: fc.array(fc.constant(1000), { minLength: 1, maxLength: 4 }),
  increment_ms: fc.constantFrom(0, 700),
  auto_advance: fc.boolean(),
  metadata: fc.constantFrom({}, { title: 'é"\\', nested: { list: [1, null] } }),
})

/** What readers of changes see, whichever instance they are connected to and whichever one makes the change. */
export function realtimeDeltaSuite(t: Test, deploy: Deploy): void {
  t.test('who asks for changes gets the state once, and then what is new', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { id, url, players } = await startSession(a, { totals: [60_000, 60_000, 60_000] })
    const readers = await Promise.all([
      connect(t, a, `/ws?sessionId=${id}&delta=1`),
      connect(t, b, `/ws?sessionId=${id}&delta=1`),
      openEvents(t, b, id, {}, '?delta=1'),
    ])
    for (const reader of readers) t.equal((await reader.until('STATE_SYNC')).version, 2)
    clock.advance(1500)
    const now = new Date(clock.now()).toISOString()
    await call(a, 'POST', `${url}/switch`)
    const { participants } = (await call(a, 'GET', url)).body.data
    for (const reader of readers) {
      t.strictSame(await reader.until('STATE_DELTA'), {
        type: 'STATE_DELTA',
        sessionId: id,
        timestamp: clock.now(),
        version: 3,
        base_version: 2,
        changes: {
          version: 3,
          active_participant_id: players[1],
          cycle_started_at: now,
          cycle_deadline_at: new Date(clock.now() + 60_000).toISOString(),
          updated_at: now,
        },
        participants: participants.slice(0, 2),
      })
    }
    await call(b, 'DELETE', url)
    for (const reader of readers) {
      await reader.until('SESSION_DELETED')
      t.notOk(types(reader.messages).includes('STATE_UPDATE'))
    }
  })

  t.test('changes on top of the last state make each state that others get', async (t) => {
    const { a, b, clock } = await deploy(t)
    const history = fc.asyncProperty(
      session,
      fc.array(step, { minLength: 3, maxLength: 25 }),
      async (s, steps) => {
        const body = newSession(s)
        const url = `/v1/sessions/${body.session_id}`
        t.equal((await call(a, 'POST', '/v1/sessions', body)).status, 201)
        const [full, ...readers] = await Promise.all([
          watch(t, a, body.session_id),
          connect(t, a, `/ws?sessionId=${body.session_id}&delta=1`),
          connect(t, b, `/ws?sessionId=${body.session_id}&delta=1`),
          openEvents(t, b, body.session_id, {}, '?delta=1'),
        ])
        for (const reader of [full, ...readers]) await reader.until('STATE_SYNC')
        for (const [i, what] of ['start', ...steps].entries()) {
          if (typeof what === 'string') await call(i % 2 ? a : b, 'POST', `${url}/${what}`)
          else clock.advance(what)
        }
        await call(b, 'POST', `${url}/complete`)
        const { data } = (await call(b, 'GET', url)).body
        for (const reader of [full, ...readers]) {
          if (reader.versions.at(-1) !== data.version) await reader.until((m) => m.version === data.version)
        }
        const expected = statesOf(full.messages)
        for (const { messages, versions } of readers) {
          const states = statesOf(messages)
          t.equal(JSON.stringify(states.get(data.version)), JSON.stringify(data), 'as GET has it')
          t.strictSame(unlike(states, expected), [])
          t.ok(versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0)))
          t.equal(types(messages).filter((type) => type === 'STATE_UPDATE').length, 0)
        }
        t.ok(types(readers.flatMap(({ messages }) => messages)).includes('STATE_DELTA'))
      },
    )
    await fc.assert(history, { numRuns: 10 })
  })

  t.test('who asks for the state gets all of it, and changes go on from there', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const reader = await connect(t, b, '/ws?multiplex=1&delta=1')
    reader.send({ type: 'REQUEST_SYNC', sessionId: id })
    await reader.until('STATE_SYNC')
    reader.send({ type: 'SUBSCRIBE', sessionId: id })
    await reader.until('STATE_SYNC')
    await call(a, 'POST', `${url}/switch`)
    t.match(await reader.until('STATE_DELTA'), { base_version: 2, version: 3 })
    reader.send({ type: 'RECONNECT', sessionId: id })
    t.match(await reader.until('STATE_SYNC'), { version: 3 })
    await call(a, 'POST', `${url}/switch`)
    t.match(await reader.until('STATE_DELTA'), { base_version: 3, version: 4 })
    reader.send({ type: 'UNSUBSCRIBE', sessionId: id })
    reader.send({ type: 'SUBSCRIBE', sessionId: id })
    t.match(await reader.until('STATE_SYNC'), { version: 4 })
  })

  t.test('a session that is created, or comes back, begins with its state', async (t) => {
    const { a, b } = await deploy(t)
    const body = newSession()
    const url = `/v1/sessions/${body.session_id}`
    const reader = await connect(t, b, '/ws?multiplex=1&delta=1')
    reader.send({ type: 'SUBSCRIBE', sessionId: body.session_id })
    await reader.until('ERROR')
    for (let i = 0; i < 2; i++) {
      await call(a, 'POST', '/v1/sessions', body)
      const { version } = await reader.until('STATE_SYNC')
      await call(a, 'POST', `${url}/start`)
      t.match(await reader.until('STATE_DELTA'), { base_version: version, changes: { status: 'running' } })
      await call(b, 'DELETE', url)
      await reader.until('SESSION_DELETED')
    }
  })

  t.test('a stream that comes back with the id of its last event gets all that it needs', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a)
    const first = await openEvents(t, a, id, {}, '?delta=1')
    await first.until('STATE_SYNC')
    const resumed = await openEvents(t, b, id, { 'last-event-id': first.seen.ids[0] ?? '' }, '?delta=1')
    await call(a, 'POST', `${url}/switch`)
    t.match(await resumed.until('STATE_SYNC'), { version: 3 }, 'for it might have lost the state')
    await call(a, 'POST', `${url}/switch`)
    t.match(await resumed.until('STATE_DELTA'), { base_version: 3, version: 4 })
  })

  t.test('500 racing switches: what a reader of changes has is always a state that there was', async (t) => {
    const { a, b } = await deploy(t)
    const { id, url } = await startSession(a, { totals: [600_000, 600_000] })
    const full = await watch(t, a, id)
    const readers = await Promise.all([
      connect(t, a, `/ws?sessionId=${id}&delta=1`),
      connect(t, b, `/ws?sessionId=${id}&delta=1`),
      openEvents(t, b, id, {}, '?delta=1'),
    ])
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => call(i % 2 ? a : b, 'POST', `${url}/switch`)),
    )
    const last = 2 + answers.filter(({ status }) => status === 200).length
    await full.until(({ version }) => version === last)
    const expected = statesOf(full.messages)
    for (const reader of readers) {
      await reader.until(({ version }) => version === last)
      const states = statesOf(reader.messages)
      t.strictSame(unlike(states, expected), [])
      t.strictSame(states.get(last), (await call(a, 'GET', url)).body.data)
    }
  })
}

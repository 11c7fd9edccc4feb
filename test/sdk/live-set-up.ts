import type { Test } from 'tap'
import { create } from '../../engine/session/create.ts'
import type { SessionState } from '../../engine/session/state.ts'
import { apply, type Command, settle } from '../../engine/session/transitions.ts'
import { toWire } from '../../plugins/sessions/codec.ts'
import type { CallOptions, LiveSession } from '../../sdk/client-types.ts'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { createLive } from '../../sdk/live.ts'
import '../../sdk/transport.ts'
import type { Sessions } from '../../sdk/sessions.ts'
import type { Session, SwitchResult, SwitchTurn } from '../../sdk/types.ts'
import { createFakeSockets, type FakeSocket } from './fake-socket.ts'
import { createFakeTime } from './fake-time.ts'
import { calm, idOf } from './live-fakes.ts'

export const ID = idOf(1)
export const [A, B] = [idOf(11), idOf(12)]

/** A call that the test answers. */
export type Call = {
  name: string
  id: string
  turn: SwitchTurn | undefined
  options: CallOptions
  answer(value?: unknown): Promise<void>
  fail(error: unknown): Promise<void>
}

/** One session as a server keeps it, by the rules of the engine. */
export function createModel(now: () => number, settings: Record<string, unknown> = {}) {
  const participants = [A, B].map((participant_id, participant_index) => ({
    participant_id,
    participant_index,
    total_time_ms: 60_000,
  }))
  const session = { session_id: ID, sync_mode: 'per_participant' as const, participants, ...settings }
  let state: SessionState = create(session, 1, now())
  return {
    get session(): Session {
      return toWire(state)
    },
    /** Applies what is due and then the command, and gives the session after it. */
    do(command: Command): Session {
      for (const step of settle(state, now(), 16)) state = step.state
      state = apply(state, command, now())?.state ?? state
      return toWire(state)
    },
    settle(): Session {
      for (const step of settle(state, now(), 16)) state = step.state
      return toWire(state)
    },
    /** Deleted and created anew; its versions go on, or not when the server has forgotten them. */
    recreate(version = state.version + 2): Session {
      state = create(session, version, now())
      return toWire(state)
    },
  }
}

const unreachable: typeof fetch = async () => {
  throw new TypeError('fetch failed')
}

/** The live part of a client whose server is played by the test: its socket, its calls and its time. */
export function setUp(t: Test, settings?: Record<string, unknown>, fetch = unreachable) {
  const time = createFakeTime()
  const fake = createFakeSockets()
  const calls: Call[] = []
  const model = createModel(time.now, settings)

  const call =
    (name: string) =>
    (id: string, ...given: unknown[]) =>
      new Promise<never>((resolve, reject) => {
        const [turn, options] = name === 'switch' ? given : [undefined, given[0]]
        calls.push({
          name,
          id,
          turn: turn as SwitchTurn | undefined,
          options: (options ?? {}) as CallOptions,
          answer(value) {
            resolve(value as never)
            return calm()
          },
          fail(error) {
            reject(error)
            return calm()
          },
        })
      })
  const names = ['get', 'start', 'pause', 'resume', 'complete', 'switch', 'delete'] as const
  const sessions = Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as Sessions

  const live = createLive({
    endpoint: createEndpoint('http://server.test', undefined),
    sessions,
    fetch,
    WebSocket: fake.WebSocket,
    time,
    random: () => 1,
  })
  t.teardown(live.close)

  const last = () => fake.sockets.at(-1) as FakeSocket
  const timestamp = time.now()
  const say = (message: object) => last().say({ timestamp, sessionId: ID, ...message })
  return {
    time,
    fake,
    live,
    /** A session, once there is an attempt to connect. */
    async open(id = ID) {
      const session = live.session(id)
      await calm()
      return session
    },
    calls,
    model,
    last,
    say,
    sync: (state: Session) => say({ type: 'STATE_SYNC', version: state.version, state }),
    update: (state: Session) => say({ type: 'STATE_UPDATE', version: state.version, state }),
    deleted: (version: number) => say({ type: 'SESSION_DELETED', version }),
    error: (code: string) => say({ type: 'ERROR', code, message: `${code} it is`, error: '' }),
    /** The newest socket is let in, and the time is told at once, without any delay. */
    greet() {
      last().open()
      last().say({ type: 'CONNECTED', sessionId: null, timestamp })
      const t1 = time.now()
      last().say({ type: 'TIME_SYNC', t0: t1, t1, t2: t1 })
    },
    /** Lets time pass for a server that is there. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 4000) {
        last().say({ type: 'PONG', timestamp })
        time.advance(Math.min(left, 4000))
      }
    },
    call: (name: string) => calls.findLast((each) => each.name === name) as Call,
  }
}

/** What a live session has told, one word for each event. */
export function record(session: LiveSession): string[] {
  const told: string[] = []
  session.on('update', ({ version, status }, { optimistic, rolled_back }) => {
    const how = [optimistic && 'optimistic', rolled_back && 'rolled back'].filter(Boolean)
    told.push([`${version} ${status}`, ...how].join(', '))
  })
  session.on('expired', ({ participant_id }) => void told.push(`${participant_id === A ? 'A' : 'B'} expired`))
  for (const event of ['deleted', 'missing'] as const) session.on(event, () => void told.push(event))
  session.on('error', ({ code }) => void told.push(code))
  return told
}

/** What a switch is answered with. */
export const resultOf = (session: Session): SwitchResult => {
  const { session_id, version, active_participant_id, cycle_started_at, participants, status } = session
  return { session_id, version, active_participant_id, cycle_started_at, participants, status }
}

/** A session that runs, and is live. */
export async function running(t: Test) {
  const set = setUp(t)
  const session = await set.open()
  set.greet()
  set.model.do({ type: 'start' })
  set.sync(set.model.session)
  return { ...set, session, told: record(session) }
}

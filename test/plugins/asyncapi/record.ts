import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { build, call } from '../../helpers/app.ts'
import { createFakeClock, type FakeClock } from '../../helpers/fake-clock.ts'
import { connect, type Message } from '../../helpers/realtime.ts'
import { completionOf, measured, newRun, progressOf } from '../../helpers/runs.ts'

const SESSION = '4f1c7a2e-9d0b-4b7e-8a51-0c6f2f6f9a01'
const PLAYERS = ['a0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002']
const RUN = 'sync-42'
const MINUTE = 60_000

/** The last message of each type that was said over the session socket, and over that of all runs. */
export type Recorded = Record<'client' | 'server' | 'run', Record<string, Message>>

/** Plays a session and a run at instants that are always the same. */
export async function record(t: Test): Promise<Recorded> {
  const clock = createFakeClock()
  const app = await build(t, {}, { clock })
  const byType = (messages: Message[]) =>
    Object.fromEntries(messages.map((message) => [message.type, message]))
  const { sent, received } = await playSession(t, app, clock)
  return { client: byType(sent), server: byType(received), run: byType(await playRun(t, app, clock)) }
}

async function playSession(t: Test, app: FastifyInstance, clock: FakeClock) {
  const sent: Message[] = []
  const changes = await connect(t, app, `/v1/ws?sessionId=${SESSION}&delta=1`)
  const socket = await connect(t, app, '/v1/ws?multiplex=1&client=scoreboard')
  const ask = async (message: Message, answer: string) => {
    socket.send(message)
    sent.push(message)
    await socket.until(answer)
  }
  await ask({ type: 'SUBSCRIBE', sessionId: SESSION }, 'ERROR')
  await call(app, 'POST', '/v1/sessions', {
    session_id: SESSION,
    sync_mode: 'per_participant',
    participants: PLAYERS.map((participant_id, participant_index) => ({
      participant_id,
      participant_index,
      total_time_ms: 300_000,
    })),
    increment_ms: 2000,
  })
  clock.advance(1500)
  await call(app, 'POST', `/v1/sessions/${SESSION}/start`)
  await socket.until(({ version }) => version === 2)
  await ask({ type: 'RECONNECT', sessionId: SESSION, last_version: 1 }, 'STATE_SYNC')
  await ask({ type: 'REQUEST_SYNC', sessionId: SESSION }, 'STATE_SYNC')
  await ask({ type: 'TIME_SYNC', t0: clock.now() - 12.5 }, 'TIME_SYNC')
  clock.advance(2500)
  await call(app, 'DELETE', `/v1/sessions/${SESSION}`)
  await socket.until('SESSION_DELETED')
  const farewell = { type: 'UNSUBSCRIBE', sessionId: SESSION }
  socket.send(farewell)
  sent.push(farewell)
  await ask({ type: 'PING' }, 'PONG')
  socket.socket.close()
  await Promise.all([socket.closed, changes.closed])
  const deltas = changes.messages.filter(({ type }) => type === 'STATE_DELTA')
  return { sent, received: [...deltas, ...socket.messages] }
}

async function playRun(t: Test, app: FastifyInstance, clock: FakeClock): Promise<Message[]> {
  const at = Math.floor(clock.now() / 1000)
  const report = (path: string, body: object) => call(app, 'POST', `/v1/runs/${path}`, body)
  const first = await connect(t, app, '/v1/runs/ws')
  await report('start', newRun(clock.now(), { run_id: RUN }))
  await report(`${RUN}/progress`, progressOf(at + 1))
  const { id } = await first.until('test_progress')
  // The time that passes is longer than a socket may be silent.
  first.socket.close()
  await first.closed
  clock.advance(10 * MINUTE)

  const second = await connect(t, app, `/v1/runs/ws?last_event_id=${id}`)
  await second.until('test_stale')
  await report(
    `${RUN}/progress`,
    progressOf(at + 700, measured({ block: 1200, slot: 1400, exec_sync_percent: 31.5 })),
  )
  await report(`${RUN}/complete`, completionOf(at + 701))
  await second.until('test_complete')
  const late = await connect(t, app, '/v1/runs/ws?last_event_id=forgotten')
  await late.until('reset')
  return [...first.messages, ...second.messages, ...late.messages]
}

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { measured, newRun, progressOf } from '../helpers/runs.ts'
import { newSession } from '../helpers/sessions.ts'

export type Call = { method: string; path: string; body?: object; headers?: Record<string, string> }
type Answer = { status: number; body: string }

/** How long a caller waits between two calls, in ms: more would be a benchmark. */
const PAUSE_MS = 5
const PLAYERS_MS = 86_400_000

export async function send(base: string, { method, path, body, headers }: Call): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  return { status: response.status, body: await response.text() }
}

async function must(base: string, call: Call): Promise<void> {
  const { status, body } = await send(base, call)
  if (status >= 300) throw new Error(`${call.method} ${call.path}: ${status} ${body}`)
}

export async function playing(base: string): Promise<string> {
  const body = newSession({ totals: [PLAYERS_MS, PLAYERS_MS] })
  await must(base, { method: 'POST', path: '/v1/sessions', body })
  await must(base, { method: 'POST', path: `/v1/sessions/${body.session_id}/start` })
  return body.session_id
}

/** What clients do all day: each yields its next call. `plain`: a POST that no proxy may send again. */
export async function callers(base: string): Promise<{ safe: (() => Call)[]; plain: () => Call }> {
  const [keyed, read] = [await playing(base), await playing(base)]
  const bare = await playing(base)
  const run = newRun(Date.now())
  await must(base, { method: 'POST', path: '/v1/runs/start', body: run })
  const reported = run.timestamp
  const post = (path: string, body?: object, headers = {}): Call => ({
    method: 'POST',
    path,
    headers,
    ...(body && { body }),
  })
  const safe = [
    () => ({ method: 'GET', path: `/v1/sessions/${read}` }),
    () => ({ method: 'GET', path: '/v1/time' }),
    () => post('/v1/sessions', newSession()),
    () => post(`/v1/sessions/${keyed}/switch`, {}, { 'idempotency-key': randomUUID() }),
    () => post(`/v1/runs/${run.run_id}/progress`, progressOf(reported, measured())),
  ]
  return { safe, plain: () => post(`/v1/sessions/${bare}/switch`, {}) }
}

/** Makes each caller call again and again. */
export function startTraffic(base: string, callers: (() => Call)[]) {
  const failures: string[] = []
  let answered = 0
  let stopped = false
  const loops = callers.map(async (next) => {
    while (!stopped) {
      const call = next()
      const answer = await send(base, call).catch((error) => ({
        status: 0,
        body: String(error.cause ?? error),
      }))
      if (answer.status >= 200 && answer.status < 300) answered++
      else failures.push(`${call.method} ${call.path}: ${answer.status} ${answer.body}`)
      await delay(PAUSE_MS)
    }
  })
  return {
    failures,
    get answered() {
      return answered
    },
    async stop() {
      stopped = true
      await Promise.all(loops)
    },
  }
}

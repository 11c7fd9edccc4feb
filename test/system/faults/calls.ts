import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import type { Session } from '../../../schemas/session.ts'
import { type Answer, contentOf, fingerprint, type Kind, type Operation, type Read } from './history.ts'

export type Caller = ReturnType<typeof createCaller>

/** How long a caller with a key goes on asking, and how long it waits for one answer, in ms. */
const PERSISTS_MS = 30_000
const PATIENCE_MS = [400, 1500, 4000]
const PAUSE_MS = 50

type Body = {
  data?: Session
  error?: { code: string; details?: { current_status?: string; in_flight?: boolean } }
}
type Attempt = Answer & { again: boolean; status: string | undefined }

/** What an operation has come to: the status of the session, as far as this tells it. */
export type Result = { acknowledged: boolean; status: string | undefined }

type Request = {
  method: 'POST' | 'DELETE'
  path: string
  body?: object | undefined
  key: string | undefined
  timeout_ms: number
}

async function attempt(bases: string[], instance: number, request: Request): Promise<Attempt> {
  const sent_at = Date.now()
  const done = (answer: Omit<Attempt, 'instance' | 'sent_at' | 'answered_at'>): Attempt => {
    return { instance, sent_at, answered_at: Date.now(), ...answer }
  }
  const nothing = { version: null, state: null, content: null, status: undefined }
  try {
    const response = await fetch(`${bases[instance]}${request.path}`, {
      method: request.method,
      headers: {
        ...(request.body && { 'content-type': 'application/json' }),
        ...(request.key && { 'idempotency-key': request.key }),
      },
      ...(request.body && { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(request.timeout_ms),
    })
    const { data, error } = response.status === 204 ? {} : ((await response.json()) as Body)
    if (response.ok) {
      const again = response.headers.has('idempotency-replayed') ? ' again' : ''
      const acknowledged = {
        outcome: 'acknowledged',
        told: `${response.status}${again}`,
        again: false,
      } as const
      if (!data) return done({ ...nothing, ...acknowledged })
      const { version, status } = data
      return done({ ...acknowledged, version, state: fingerprint(data), content: contentOf(data), status })
    }
    const told = `${response.status} ${error?.code}`
    const { in_flight: again = false, current_status: status } = error?.details ?? {}
    if (response.status < 500) return done({ ...nothing, outcome: 'refused', told, again, status })
    return done({ ...nothing, outcome: 'unknown', told, again: true })
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } }
    const told = cause?.code ?? name
    // Nobody was there to hear it.
    const outcome = told === 'ECONNREFUSED' ? 'refused' : 'unknown'
    return done({ ...nothing, outcome, told, again: true })
  }
}

/** `safe`: a repetition does no harm, even without a key. `expected`: the version that the body says it is to follow. */
type Wish = { keyed: boolean; body?: object; expected?: number | undefined; safe?: boolean }

/** Changes a session and writes down what it is told. `bases`: the addresses of the instances. */
export function createCaller(bases: string[], random: Random) {
  /**
   * Asks for one change. With a key, or when a repetition does no harm, it goes on asking while the outcome is unknown;
   * now and then it asks once more for what it has been told already.
   */
  return async (
    operations: Operation[],
    kind: Kind,
    path: string,
    { keyed, body, expected, safe = false }: Wish,
  ): Promise<Result> => {
    const operation: Operation = { kind, keyed, ...(expected === undefined ? {} : { expected }), answers: [] }
    const method = kind === 'delete' ? 'DELETE' : 'POST'
    operations.push(operation)
    const key = keyed ? randomUUID() : undefined
    const until = performance.now() + PERSISTS_MS
    let instance = random.whole(0, bases.length - 1)
    for (;;) {
      const timeout_ms = random.pick(PATIENCE_MS)
      const { again, status, ...answer } = await attempt(bases, instance, {
        method,
        path,
        body,
        key,
        timeout_ms,
      })
      operation.answers.push(answer)
      const acknowledged = answer.outcome === 'acknowledged'
      const repeat = acknowledged && keyed && operation.answers.length === 1 && random.chance(0.05)
      if (!repeat && (!(keyed || safe) || !again || performance.now() > until))
        return { acknowledged, status }
      await pause(PAUSE_MS * random.between(0.5, 1.5))
      instance = random.whole(0, bases.length - 1)
    }
  }
}

/** Asks one instance for a session; what is no answer is not written down. */
export async function look(base: string, id: string, reads: Read[]): Promise<void> {
  const sent_at = Date.now()
  const url = `${base}/v1/sessions/${id}`
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS[1] as number) }).catch(
    () => null,
  )
  const body = (await response?.json().catch(() => null)) as Body | null
  if (response?.status !== 404 && !body?.data) return
  const { version, state } = body?.data
    ? { version: body.data.version, state: fingerprint(body.data) }
    : { version: null, state: null }
  reads.push({ sent_at, answered_at: Date.now(), version, state })
}

/** GETs JSON from one instance after the other until one answers with 200 or 404; null for a 404. */
export async function ask<T>(bases: string[], path: string, within_ms = 30_000): Promise<T | null> {
  const until = performance.now() + within_ms
  for (let turn = 0; ; turn++) {
    const url = `${bases[turn % bases.length]}${path}`
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null)
    const text = await response?.text().catch(() => null)
    if (text && response?.ok) return (JSON.parse(text) as { data: T }).data
    if (response?.status === 404) return null
    if (performance.now() > until) throw new Error(`${url} answers ${response?.status}: ${text}`)
    await pause(PAUSE_MS)
  }
}

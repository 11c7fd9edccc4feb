import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Point = { timestamp: number; metrics: Record<string, number | string> }
type Body = Record<string, unknown> & { run_id: string; timestamp: number }
export type FakeRun = {
  start: Body
  starts: number
  keepalives: Body[]
  points: Point[]
  completion: (Body & { success: boolean; error?: string }) | null
  completions: number
}
type Answer = { status: number; body: unknown; headers?: Record<string, string> }
export type Exchange = { method: string; path: string; body: Body | null; authorization: string | null }

export type RunServer = ReturnType<typeof createRunServer>

const refusal = (status: number, code: string): Answer => ({
  status,
  body: { error: { code, message: `${code} it is`, request_id: 'r' } },
})

/** The contract's rules for reports, in memory, with faults on demand. Deduplicates by the client's timestamp. */
export function createRunServer({ token }: { token?: string } = {}) {
  const runs = new Map<string, FakeRun>()
  const exchanges: Exchange[] = []
  const server = {
    runs,
    exchanges,
    /** 'down': nothing arrives; 'deaf': what arrives is applied, the answer is lost; an answer: given to everything. */
    fault: null as 'down' | 'deaf' | Answer | null,
    run: (id: string): FakeRun => {
      const run = runs.get(id)
      if (!run) throw new Error(`no run ${id}`)
      return run
    },
    sent: (suffix: string) => exchanges.filter(({ path }) => path.endsWith(suffix)),
    refusal,
    answer,
    fetch: async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
      if (server.fault === 'down') throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
      const headers = new Headers(init.headers)
      const body = init.body === undefined ? null : JSON.parse(String(init.body))
      const method = init.method ?? 'GET'
      const given = answer({
        method,
        path: new URL(String(input)).pathname,
        body,
        authorization: headers.get('authorization'),
      })
      if (server.fault === 'deaf') throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })
      return new Response(JSON.stringify(given.body), { status: given.status, headers: given.headers ?? {} })
    },
    listen,
  }

  function answer(exchange: Exchange): Answer {
    exchanges.push(exchange)
    if (server.fault !== null && typeof server.fault === 'object') return server.fault
    const { method, path, body, authorization } = exchange
    if (method === 'POST' && token && authorization !== `Bearer ${token}`) return refusal(401, 'UNAUTHORIZED')
    const [, id = '', action] = /^\/api\/v1\/tests\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    if (method === 'POST' && id === 'start' && body) return start(body)
    if (method === 'POST' && id === 'keepalive' && body) return keepalive(body)
    const run = runs.get(decodeURIComponent(id))
    if (!run) return refusal(404, 'RUN_NOT_FOUND')
    if (method === 'GET') return { status: 200, body: { data: detail(run) } }
    return action === 'progress' ? progress(run, body as unknown as Point) : complete(run, body as never)
  }

  function start(body: Body): Answer {
    const known = runs.get(body.run_id)
    if (known?.completion || (known && JSON.stringify(known.start) !== JSON.stringify(body))) {
      return refusal(409, 'CONFLICT')
    }
    runs.set(body.run_id, known ?? create(body))
    return { status: known ? 200 : 201, body: { data: { status: 'created' } } }
  }

  function keepalive(body: Body): Answer {
    const run = runs.get(body.run_id) ?? create(body)
    if (run.completion) return refusal(409, 'CONFLICT')
    runs.set(body.run_id, run)
    run.keepalives.push(body)
    return { status: 200, body: { data: { status: 'acknowledged' } } }
  }

  function progress(run: FakeRun, { timestamp, metrics }: Point): Answer {
    if (run.completion) return refusal(409, 'CONFLICT')
    if (Object.values(metrics).some((value) => value === null)) return refusal(400, 'VALIDATION_ERROR')
    if (!run.points.some((point) => point.timestamp === timestamp)) run.points.push({ timestamp, metrics })
    return { status: 200, body: { data: { status: 'updated' } } }
  }

  function complete(run: FakeRun, body: NonNullable<FakeRun['completion']>): Answer {
    if (run.completion && JSON.stringify(run.completion) !== JSON.stringify(body))
      return refusal(409, 'CONFLICT')
    if (!run.completion) run.completions += 1
    run.completion = body
    return { status: 200, body: { data: { status: 'completed' } } }
  }

  /** The same over HTTP, on a port of the system's choice or on `port`. */
  async function listen(port = 0) {
    const http = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const { method = '', url = '' } = request
      const given = answer({
        method,
        path: new URL(url, 'http://x').pathname,
        body: text === '' ? null : JSON.parse(text),
        authorization: request.headers.authorization ?? null,
      })
      if (server.fault === 'deaf') return request.socket.destroy()
      response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
      response.end(JSON.stringify(given.body))
    }).listen(port, '127.0.0.1')
    await once(http, 'listening')
    const address = http.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${address.port}`,
      port: address.port,
      close: async () => {
        http.close()
        http.closeAllConnections()
        await once(http, 'close')
      },
    }
  }
  return server
}

function create(start: Body): FakeRun {
  return { start, starts: 1, keepalives: [], points: [], completion: null, completions: 0 }
}

function detail({ start, completion, points }: FakeRun) {
  const start_time = new Date(start.timestamp * 1000).toISOString()
  return { run_id: start.run_id, start_time, is_complete: completion !== null, progress_history: points }
}

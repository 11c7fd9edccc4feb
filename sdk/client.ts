import { createBackoff } from './backoff.ts'
import type { Client, ClientOptions, Stop } from './client-types.ts'
import { createEndpoint } from './endpoint.ts'
import { errorOf } from './errors.ts'
import { load } from './lazy.ts'
import { createLive } from './live.ts'
import { createRequester } from './request.ts'
import { createRuns } from './runs.ts'
import { createSessions } from './sessions.ts'
import { createTime } from './time.ts'
import type { Health, Instances, Readiness, ServerTime } from './types.ts'

const TIMEOUT_MS = 10_000
const RETRIES = 4

/**
 * A client of one server. Nothing is sent before it is asked for something.
 *
 * @throws SyncKairosError INVALID_URL; whatever its functions reject with or throw is a SyncKairosError, too
 */
export function createClient(options: ClientOptions = {}): Client {
  const endpoint = createEndpoint(options.url, options.token)
  const common = {
    endpoint,
    // Looked up when needed, and never called as a method of anything else: browsers refuse that.
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    time: options.time ?? createTime(),
    random: options.random ?? Math.random,
    timeout_ms: options.timeout_ms ?? TIMEOUT_MS,
  }
  const requester = createRequester({ ...common, retries: options.retries ?? RETRIES })
  const { json, data, send, text } = requester
  const sessions = createSessions(requester)
  const live = createLive({ ...common, sessions, name: options.name })
  const watches = new Set<Stop>()

  const runs = createRuns(requester, (watcher) => {
    const use = ({ watchRuns }: typeof import('./run-watch.ts')) => {
      end = watchRuns(common, watcher)
    }
    let end = load(() => import('./run-watch.ts'), use, createBackoff(common))
    const stop = () => {
      watches.delete(stop)
      end()
    }
    watches.add(stop)
    return stop
  })

  return {
    url: endpoint.url,
    clock: live.clock,
    get connection() {
      return live.connection
    },
    sessions,
    runs,
    time: (given) => json<ServerTime>({ method: 'GET', path: '/v1/time' }, given),
    health: (given) => json<Health>({ method: 'GET', path: '/health' }, given),
    async ready(given) {
      const { status, headers, text } = await send({ method: 'GET', path: '/ready', accepts: 503 }, given)
      const readiness = readinessIn(text)
      if (!readiness) throw errorOf(status, headers, text, common.time.now())
      return readiness
    },
    instances: (given) => data<Instances>({ method: 'GET', path: '/v1/instances' }, given),
    metrics: (given) => text({ method: 'GET', path: '/metrics' }, given),
    session: live.session,
    on: live.on,
    close() {
      for (const stop of watches) stop()
      live.close()
      requester.close()
    },
  }
}

/** A proxy whose server is away answers 503, too, with something else. */
function readinessIn(text: string): Readiness | null {
  try {
    const body = JSON.parse(text) as Partial<Readiness> | null
    return body?.status && body.checks ? (body as Readiness) : null
  } catch {
    return null
  }
}

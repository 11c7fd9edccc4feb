import { PROBE_MS, probeByHttp } from './doubt.ts'
import type { Endpoint } from './endpoint.ts'
import { errorOf } from './errors.ts'
import { readEvents } from './event-source.ts'
import { type Closing, closingOf } from './link.ts'
import type { SdkTime } from './time.ts'
import type { RunEvent, RunFeedReset } from './types.ts'
import { createWatchdog } from './watchdog.ts'
import { DENIALS, openWebSocket } from './web-socket.ts'

export type FeedOptions = {
  endpoint: Endpoint
  fetch: typeof fetch
  WebSocket: typeof WebSocket | undefined
  time: SdkTime
  /** How long it may take to connect. */
  timeout_ms: number
}

export type FeedMessage = RunEvent | Pick<RunFeedReset, 'type' | 'id'>

/** `closed` is the last that is heard of a link; it comes once, unless close() was first. */
export type FeedListener = {
  opened(): void
  message(message: FeedMessage): void
  closed(closing: Closing): void
}

export type FeedLink = {
  /** There is reason to doubt that the server is still there: finds out within seconds. */
  probe(): void
  close(): void
}

const BEAT_MS = 15_000
const ANSWER_MS = 7000
/** A stream says something every 15 s, if only a comment. */
const SILENCE_MS = 45_000

/** The feed over a WebSocket. Pages do not see the pings of the protocol, so the server is asked for a sign of life. */
export function openFeedSocket(
  options: FeedOptions,
  last_event_id: string | undefined,
  on: FeedListener,
): FeedLink {
  const { endpoint, time } = options
  const Socket = options.WebSocket as typeof WebSocket
  const watchdog = createWatchdog(time, () => end('SILENT'))
  /** A server that has never answered a PING does not know it: its silence means nothing. */
  let answers = false
  let over = false
  let stopBeating = () => {}

  const socket = openWebSocket(endpoint, Socket, '/v1/runs/ws', { last_event_id })
  watchdog.expect(options.timeout_ms)
  socket.onopen = () => {
    if (over) return
    watchdog.calm()
    beat()
    on.opened()
  }
  socket.onmessage = ({ data }) => {
    if (over) return
    watchdog.calm()
    beat()
    const message = parse(String(data))
    if (message?.type === 'PONG') answers = true
    else if (message) on.message(message)
  }
  socket.onclose = ({ code }) => end(DENIALS[code] ?? 'CLOSED', code in DENIALS)
  // What went wrong is not told; the close that follows ends it.
  socket.onerror = () => {}

  function beat() {
    stopBeating()
    stopBeating = time.after(BEAT_MS, () => ping(ANSWER_MS))
  }

  function ping(answer_ms: number) {
    if (over || socket.readyState !== Socket.OPEN) return
    socket.send('{"type":"PING"}')
    if (answers && (answer_ms === PROBE_MS || !watchdog.expecting)) watchdog.expect(answer_ms)
    beat()
  }

  function end(code: string, denied = false) {
    if (over) return
    close()
    on.closed({ code, denied })
  }

  function close() {
    over = true
    watchdog.calm()
    stopBeating()
    socket.close()
  }

  return { probe: () => ping(PROBE_MS), close }
}

/** A frame that is no message is nobody's. */
function parse(text: string): FeedMessage | { type: 'PONG' } | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The feed as Server-Sent Events, read by fetch() because an EventSource can send no token. */
export function openFeedStream(
  options: FeedOptions,
  last_event_id: string | undefined,
  on: FeedListener,
): FeedLink {
  const { endpoint, time } = options
  const controller = new AbortController()
  const { signal } = controller
  const watchdog = createWatchdog(time, () => end({ code: 'SILENT' }))
  let stopProbe = () => {}

  async function read() {
    const headers = { accept: 'text/event-stream', ...endpoint.headers() }
    const response = await options.fetch(endpoint.address('/v1/runs/events'), {
      headers: last_event_id === undefined ? headers : { ...headers, 'last-event-id': last_event_id },
      signal,
    })
    if (!response.ok || !response.body) {
      return end(closingOf(errorOf(response.status, response.headers, await response.text(), time.now())))
    }
    if (signal.aborted) return
    watchdog.expect(SILENCE_MS)
    on.opened()
    await readEvents(response.body, take, () => signal.aborted || watchdog.expect(SILENCE_MS))
    end({ code: 'CLOSED' })
  }

  function take({ id, event, data }: { id: string; event: string; data: string }) {
    if (signal.aborted) return
    on.message(event === 'reset' ? { type: 'reset', id: id || null } : (JSON.parse(data) as RunEvent))
  }

  function end(closing: Closing) {
    if (signal.aborted) return
    close()
    on.closed(closing)
  }

  function close() {
    watchdog.calm()
    stopProbe()
    controller.abort()
  }

  watchdog.expect(options.timeout_ms)
  read().catch(() => end({ code: 'CONNECTION_FAILED' }))
  return {
    probe() {
      stopProbe()
      stopProbe = probeByHttp(options, () => end({ code: 'SILENT' }))
    },
    close,
  }
}

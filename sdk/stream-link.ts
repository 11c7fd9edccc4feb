import { probeByHttp } from './doubt.ts'
import type { Endpoint } from './endpoint.ts'
import { errorOf, type SyncKairosError } from './errors.ts'
import { readEvents } from './event-source.ts'
import { closingOf, type Link, type LinkEvents } from './link.ts'
import type { SdkTime } from './time.ts'
import type { ServerMessage, Session } from './types.ts'
import { createWatchdog, type Watchdog } from './watchdog.ts'

type Options = { endpoint: Endpoint; fetch: typeof fetch; time: SdkTime }

/** A browser opens six connections to a server that speaks HTTP/1.1, and commands need one, too. */
const STREAMS = 4
/** Sessions beyond that are asked for in turn: the first time at once, then seldom enough for any rate limit. */
const FIRST_TURN_MS = 50
const TURN_MS = 1000
/** How soon is looked again for a session that is not there. */
const LOOK_AGAIN_MS = 5000
const ANSWER_MS = 10_000
/** Servers send at least a comment every 10 s. */
const SILENCE_MS = 25_000
const COMMENT_MS = 12_000

type Stream = { controller: AbortController; watchdog: Watchdog }

/** Sessions over one event stream each, where no WebSocket gets through. */
export function createStreamLink(options: Options, events: LinkEvents): Link {
  const { endpoint, fetch, time } = options
  const streams = new Map<string, Stream>()
  /** Who takes turns, longest waiting first, with the entity tag of what is known; null before the first turn. */
  const waiting = new Map<string, string | null>()
  let opened = false
  let over = false
  let stopTurn: (() => void) | null = null
  let stopProbe = () => {}

  async function request(id: string, what: string, signal: AbortSignal, headers = {}) {
    const url = endpoint.address(`/v1/sessions/${id}${what}`)
    const response = await fetch(url, { headers: { ...endpoint.headers(), ...headers }, signal })
    if (over) return null
    if (response.ok || response.status === 304) answered()
    else refuse(id, errorOf(response.status, response.headers, await response.text(), time.now()))
    return response.ok && !over ? response : null
  }

  function answered() {
    if (opened) return
    opened = true
    events.opened()
  }

  /** That there is no such session is an answer; everything else is an end. */
  function refuse(id: string, error: SyncKairosError) {
    const { code, message } = error
    if (over) return
    if (code !== 'SESSION_NOT_FOUND') return end(closingOf(error))
    answered()
    events.message({ type: 'ERROR', code, message, error: message, timestamp: time.now(), sessionId: id })
  }

  function stream(id: string) {
    const controller = new AbortController()
    const watchdog = createWatchdog(time, () => end({ code: 'SILENT' }))
    streams.set(id, { controller, watchdog })
    read(id, controller.signal, watchdog).catch(() => {
      if (!controller.signal.aborted) end({ code: 'CONNECTION_FAILED' })
    })
  }

  async function read(id: string, signal: AbortSignal, watchdog: Watchdog) {
    while (!signal.aborted) {
      watchdog.expect(ANSWER_MS)
      const response = await request(id, '/events', signal, { accept: 'text/event-stream' })
      let deleted = response === null
      const hear = ({ data }: { data: string }) => {
        const message = JSON.parse(data) as ServerMessage
        deleted = message.type === 'SESSION_DELETED'
        if (!signal.aborted) events.message(message)
      }
      const listen = () => watchdog.expect(SILENCE_MS)
      if (response?.body) {
        listen()
        await readEvents(response.body, hear, listen)
      }
      watchdog.calm()
      if (signal.aborted) return
      if (!deleted) return end({ code: 'CLOSED' })
      await pause(LOOK_AGAIN_MS, signal)
    }
  }

  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        stop()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const stop = time.after(ms, done)
      signal.addEventListener('abort', done)
    })

  function takeTurns() {
    const [[id, etag] = []] = waiting
    if (stopTurn || over || id === undefined) return
    stopTurn = time.after(etag === null ? FIRST_TURN_MS : TURN_MS, async () => {
      await ask(id).catch(() => end({ code: 'CONNECTION_FAILED' }))
      stopTurn = null
      takeTurns()
    })
  }

  async function ask(id: string) {
    const etag = waiting.get(id)
    if (!waiting.delete(id)) return
    waiting.set(id, etag ?? '')
    const controller = new AbortController()
    const stop = time.after(ANSWER_MS, () => controller.abort())
    try {
      const response = await request(id, '', controller.signal, etag ? { 'if-none-match': etag } : {})
      if (!response) return
      const { data: state } = (await response.json()) as { data: Session }
      if (over || !waiting.has(id)) return
      waiting.set(id, response.headers.get('etag') ?? '')
      const { version } = state
      events.message({ type: 'STATE_SYNC', sessionId: id, timestamp: time.now(), version, state })
    } finally {
      stop()
    }
  }

  function stopStream(id: string) {
    const stream = streams.get(id)
    streams.delete(id)
    stream?.watchdog.calm()
    stream?.controller.abort()
  }

  function end(closing: Parameters<LinkEvents['closed']>[0]) {
    if (over) return
    close()
    events.closed(closing)
  }

  function close() {
    over = true
    stopTurn?.()
    stopProbe()
    for (const id of [...streams.keys()]) stopStream(id)
  }

  return {
    transport: 'sse',
    watch(id) {
      if (streams.has(id)) stopStream(id)
      if (streams.size < STREAMS) return stream(id)
      waiting.set(id, null)
      takeTurns()
    },
    unwatch(id) {
      waiting.delete(id)
      stopStream(id)
      const [next] = waiting.keys()
      if (next === undefined || streams.size >= STREAMS) return
      waiting.delete(next)
      stream(next)
    },
    probe() {
      for (const { watchdog } of streams.values()) if (watchdog.expecting) watchdog.expect(COMMENT_MS)
      stopProbe()
      stopProbe = probeByHttp(options, () => end({ code: 'SILENT' }))
    },
    askTime: () => false,
    close,
  }
}

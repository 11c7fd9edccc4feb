import { PROBE_MS } from './doubt.ts'
import type { Endpoint } from './endpoint.ts'
import type { Closing, Link, LinkEvents } from './link.ts'
import { createSubscriber } from './subscriber.ts'
import type { SdkTime } from './time.ts'
import type { ClientMessage, ServerMessage } from './types.ts'
import { createWatchdog } from './watchdog.ts'
import { DENIALS, openWebSocket } from './web-socket.ts'

type Options = {
  endpoint: Endpoint
  WebSocket: typeof WebSocket
  time: SdkTime
  /** Under which this reader is shown to those who look at the watchers. */
  name?: string | undefined
}

/** How long a server may take to greet. */
const GREETING_MS = 10_000
/** A page does not see the pings of the protocol, so it sends its own; 12 s without a word are the end. */
const PING_MS = 5000
const ANSWER_MS = 7000

/** All sessions over one WebSocket. */
export function createSocketLink({ endpoint, WebSocket, time, name }: Options, events: LinkEvents): Link {
  const subscriber = createSubscriber({
    time,
    subscribe: (sessionId) => send({ type: 'SUBSCRIBE', sessionId }),
    unsubscribe: (sessionId) => send({ type: 'UNSUBSCRIBE', sessionId }),
  })
  const watchdog = createWatchdog(time, () => end({ code: 'SILENT' }))
  let greeted = false
  let over = false
  let pinged = false
  let stopPinging = () => {}

  const socket = openWebSocket(endpoint, WebSocket, '/v1/ws', { multiplex: 1, client: name })
  watchdog.expect(GREETING_MS)
  socket.onmessage = ({ data }) => hear(String(data))
  socket.onclose = ({ code }) => {
    const denial = DENIALS[code]
    end({ code: denial ?? (greeted ? `CLOSED_${code}` : 'CONNECTION_FAILED'), denied: denial !== undefined })
  }
  // What went wrong is not told; the close that follows ends it.
  socket.onerror = () => {}

  function hear(text: string) {
    if (over) return
    if (pinged) watchdog.calm()
    pinged = false
    const message = parse(text)
    if (message?.type === 'CONNECTED') return greet()
    if (!message) return
    subscriber.hear(message)
    events.message(message)
  }

  function greet() {
    if (greeted) return
    greeted = true
    watchdog.calm()
    beat()
    events.opened()
    subscriber.begin()
  }

  function beat() {
    stopPinging = time.after(PING_MS, () => {
      beat()
      ping(ANSWER_MS)
    })
  }

  function ping(answer_ms: number) {
    send({ type: 'PING' })
    if (pinged && answer_ms === ANSWER_MS) return
    pinged = true
    watchdog.expect(answer_ms)
  }

  function send(message: ClientMessage): boolean {
    if (over || !greeted || socket.readyState !== socket.OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  function end(closing: Closing) {
    if (over) return
    close()
    events.closed(closing)
  }

  function close() {
    over = true
    watchdog.calm()
    subscriber.end()
    stopPinging()
    socket.close()
  }

  return {
    transport: 'websocket',
    watch: subscriber.add,
    unwatch: subscriber.remove,
    probe() {
      if (greeted) ping(PROBE_MS)
    },
    askTime: (t0) => send({ type: 'TIME_SYNC', t0 }),
    close,
  }
}

/** A server that is newer may send what is not known here; a frame that is no message is nobody's. */
function parse(text: string): ServerMessage | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

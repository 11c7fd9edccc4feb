import { createBackoff, onWake } from './backoff.ts'
import type { Connection } from './client-types.ts'
import { idle } from './connection.ts'
import { createCredentials } from './credentials.ts'
import { onOffline } from './doubt.ts'
import type { Endpoint } from './endpoint.ts'
import type { Closing, Link, LinkEvents } from './link.ts'
import { createSocketLink } from './socket-link.ts'
import { createStreamLink } from './stream-link.ts'
import type { SdkTime } from './time.ts'
import type { ServerMessage } from './types.ts'

/** The one connection of a client: a WebSocket, or what stands in for it. It is there while anything is watched. */
export type Socket = {
  readonly connection: Connection
  /** One watcher for each session, which is told of all messages that name it. */
  watch(id: string, watcher: (message: ServerMessage) => void): void
  unwatch(id: string): void
  /** Has the state of a watched session told again. */
  ask(id: string): void
  /** False when the time cannot be asked for here. */
  askTime(t0: number): boolean
  /** There is reason to believe that the server can be reached again. */
  retry(): void
  close(): void
}

type TimeAnswer = Extract<ServerMessage, { type: 'TIME_SYNC' }>

type Options = {
  endpoint: Endpoint
  fetch: typeof fetch
  WebSocket: typeof WebSocket | undefined
  time: SdkTime
  random: () => number
  name?: string | undefined
  /** At each change, also when one link takes the place of another: what was subscribed is subscribed anew. */
  onConnection(connection: Connection): void
  onTime(answer: TimeAnswer): void
  /** The machine has slept, or the page was not looked at. */
  onWake(): void
}

/** So many sockets in a row have to fail before event streams are tried. */
const SOCKET_FAILURES = 2
/** How often a socket is tried while event streams do its work. */
const RIVAL_MS = 60_000
/** A connection that lasted this long was a good one: the next failure is the first. */
const STABLE_MS = 5000
/** A page that goes from one session to the next keeps its connection. */
const LINGER_MS = 1000

export function createSocket(options: Options): Socket {
  const { endpoint, time, random } = options
  const watchers = new Map<string, (message: ServerMessage) => void>()
  const backoff = createBackoff({ time, random })
  const credentials = createCredentials(endpoint, time)
  let connection = idle(time.now())
  let link: Link | null = null
  let rival: Link | null = null
  let socketFailures = 0
  let streamFailed = false
  /** With which code the server has refused the client, until it lets it in or there are other credentials. */
  let denial: string | null = null
  /** Undo what the present status has begun. */
  let stops: (() => void)[] = []
  let stopLinger = () => {}

  function update(status: Connection['status'], transport: Link['transport'] | null = null, code?: string) {
    const attempt = status === 'live' ? 0 : backoff.attempt
    const { retry_at } = backoff
    const why = { denied: denial !== null, code: denial ?? code }
    connection = { status, transport, since: time.now(), attempt, retry_at, ...why }
    options.onConnection(connection)
  }

  function settle() {
    for (const stop of stops) stop()
    stops = []
    rival?.close()
    rival = null
  }

  function connect() {
    if (watchers.size === 0) return rest('idle')
    settle()
    backoff.cancel()
    credentials.use()
    const transport = choose()
    update('connecting')
    const onClosed = (closing: Closing, opened: boolean) => {
      if (transport === 'sse') streamFailed = !opened
      else if (!opened) {
        socketFailures += 1
        streamFailed = false
      }
      lost(closing, opened)
    }
    link = open(transport, () => live(transport), onClosed)
  }

  function choose(): Link['transport'] {
    if (!options.WebSocket) return 'sse'
    return socketFailures >= SOCKET_FAILURES && !streamFailed ? 'sse' : 'websocket'
  }

  function open(
    transport: Link['transport'],
    onOpened: () => void,
    onClosed: (closing: Closing, opened: boolean) => void,
  ): Link | null {
    const { WebSocket } = options
    let opened = false
    const closed = (closing: Closing) => onClosed(closing, opened)
    const events: LinkEvents = {
      opened() {
        opened = true
        onOpened()
      },
      message: route,
      closed,
    }
    try {
      const opening =
        transport === 'websocket' && WebSocket
          ? createSocketLink({ ...options, WebSocket }, events)
          : createStreamLink(options, events)
      for (const id of watchers.keys()) opening.watch(id)
      return opening
    } catch {
      // An address or a token that no socket can be made of, or a page that may not open this one.
      stops.push(time.after(0, () => closed({ code: 'CONNECTION_FAILED' })))
      return null
    }
  }

  function live(transport: Link['transport']) {
    const probe = () => link?.probe()
    const onReturn = () => {
      probe()
      options.onWake()
    }
    stops.push(time.after(STABLE_MS, backoff.reset), onWake(time, onReturn), onOffline(probe))
    denial = null
    if (transport === 'websocket') socketFailures = 0
    else if (options.WebSocket) stops.push(time.after(RIVAL_MS, tryRival))
    update('live', transport)
  }

  function tryRival() {
    const onOpened = () => {
      link?.close()
      link = rival
      rival = null
      settle()
      live('websocket')
    }
    rival = open('websocket', onOpened, (closing, opened) => {
      if (opened) return lost(closing, true)
      rival = null
      stops.push(time.after(RIVAL_MS, tryRival))
    })
  }

  function lost({ code, denied, after_ms }: Closing, opened: boolean) {
    link = null
    settle()
    const { renewed } = credentials
    // Other credentials than those that had been good may be good, too; those that never were may not.
    if (denied && (!renewed || !opened)) denial = code
    if (denied && !renewed) stops.push(credentials.onRenewed(again))
    else backoff.retry(connect, after_ms ?? 0)
    update('offline', null, code)
  }

  function again() {
    denial = null
    backoff.retry(connect)
    update('offline')
  }

  function route(message: ServerMessage) {
    if (message.type === 'TIME_SYNC') options.onTime(message)
    else if ('sessionId' in message && message.sessionId) watchers.get(message.sessionId)?.(message)
  }

  function rest(status: 'idle' | 'closed') {
    stopLinger()
    link?.close()
    link = null
    settle()
    backoff.reset()
    denial = null
    update(status)
  }

  return {
    get connection() {
      return connection
    },
    watch(id, watcher) {
      watchers.set(id, watcher)
      stopLinger()
      link?.watch(id)
      rival?.watch(id)
      if (connection.status === 'idle') connect()
    },
    unwatch(id) {
      if (!watchers.delete(id)) return
      link?.unwatch(id)
      rival?.unwatch(id)
      if (watchers.size === 0) stopLinger = time.after(LINGER_MS, () => rest('idle'))
    },
    ask(id) {
      if (connection.status === 'live') link?.watch(id)
    },
    askTime: (t0) => link?.askTime(t0) ?? false,
    retry() {
      if (connection.status === 'offline') connect()
    },
    close() {
      watchers.clear()
      rest('closed')
    },
  }
}

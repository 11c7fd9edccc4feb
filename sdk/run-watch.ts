import { createBackoff, onWake } from './backoff.ts'
import type { Connection, Stop } from './client-types.ts'
import { createCredentials } from './credentials.ts'
import { onOffline } from './doubt.ts'
import type { Closing } from './link.ts'
import { createListeners } from './listeners.ts'
import {
  type FeedLink,
  type FeedMessage,
  type FeedOptions,
  openFeedSocket,
  openFeedStream,
} from './run-links.ts'
import type { RunEvent } from './types.ts'

export type RunWatcher = {
  event(event: RunEvent): void
  /** Read the runs (again): called once connected, and when events were missed that nobody can tell any more. */
  reset(): void
  connection?(connection: Connection): void
}

/** After so many sockets in a row that did not open, events come as a stream: some proxies let only that through. */
const FAILURES_TO_STREAM = 2
/** A connection that lasted this long was a good one: the next failure is the first. */
const STABLE_MS = 5000

/** Follows the feed of all runs until stopped; a connection that breaks goes on after the last event. */
export function watchRuns(options: FeedOptions & { random: () => number }, watcher: RunWatcher): Stop {
  const { time } = options
  const { on, tell } = createListeners<{ event: [RunEvent]; reset: []; connection: [Connection] }>()
  const backoff = createBackoff(options)
  const credentials = createCredentials(options.endpoint, time)
  let last_event_id: string | undefined
  let failures = options.WebSocket ? 0 : FAILURES_TO_STREAM
  let link: FeedLink | null = null
  let stopped = false
  /** With which code the server has refused this client, until it lets it in or there are other credentials. */
  let denial: string | null = null
  let stopStable = () => {}
  let stopWaiting = () => {}

  function change(status: Connection['status'], transport: Connection['transport'], code?: string) {
    const attempt = status === 'live' ? 0 : backoff.attempt
    const { retry_at } = backoff
    const why = { denied: denial !== null, code: denial ?? code }
    tell('connection', { status, transport, since: time.now(), attempt, retry_at, ...why })
  }

  function connect() {
    const transport = failures < FAILURES_TO_STREAM ? 'websocket' : 'sse'
    let opened = false
    stopWaiting()
    credentials.use()
    change('connecting', transport)
    if (stopped) return

    function onOpened() {
      opened = true
      denial = null
      if (transport === 'websocket') failures = 0
      stopStable = time.after(STABLE_MS, backoff.reset)
      change('live', transport)
      if (last_event_id === undefined && !stopped) tell('reset')
    }

    function onClosed({ code, denied, after_ms }: Closing) {
      link = null
      stopStable()
      // When neither gets through, the server is away rather than a proxy in the way.
      if (!opened && options.WebSocket) failures = transport === 'websocket' ? failures + 1 : 0
      const { renewed } = credentials
      if (denied && (!renewed || !opened)) denial = code
      if (denied && !renewed) stopWaiting = credentials.onRenewed(again)
      backoff.retry(connect, after_ms ?? 0)
      change('offline', null, code)
    }

    const open = transport === 'websocket' ? openFeedSocket : openFeedStream
    try {
      link = open(options, last_event_id, { opened: onOpened, message: take, closed: onClosed })
    } catch {
      // A token that no socket can carry, or a page that may not open this one.
      onClosed({ code: 'CONNECTION_FAILED' })
    }
  }

  function again() {
    denial = null
    backoff.cancel()
    connect()
  }

  function take(message: FeedMessage) {
    last_event_id = message.id ?? undefined
    if (message.type === 'reset') tell('reset')
    else tell('event', message)
  }

  on('event', (event) => watcher.event(event))
  on('reset', () => watcher.reset())
  on('connection', (connection) => watcher.connection?.(connection))
  const probe = () => link?.probe()
  const stops = [onWake(time, probe), onOffline(probe)]
  connect()

  return () => {
    if (stopped) return
    stopped = true
    for (const stop of stops) stop()
    stopStable()
    stopWaiting()
    backoff.cancel()
    link?.close()
    change('closed', null)
  }
}

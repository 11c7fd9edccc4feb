import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import { WebSocket } from 'ws'

/** What one watcher has gone through. */
export type Watcher = {
  /** How long it was without a connection that tells the state, each time, in ms; since when, while it is. */
  gaps: number[]
  lost_at: number | null
  /** Close codes of its sockets. */
  codes: number[]
  version: number
  /** States that came again, or older ones than before. */
  disorder: number
  stop(): void
}

/** After an attempt that failed, in ms. */
const RETRY_MS = 50

function createWatcher(): Watcher & { take(version: number): void; lose(): void; stopped: boolean } {
  return {
    gaps: [],
    lost_at: performance.now(),
    codes: [],
    version: 0,
    disorder: 0,
    stopped: false,
    stop() {
      this.stopped = true
    },
    take(version) {
      if (this.lost_at !== null) this.gaps.push(performance.now() - this.lost_at)
      // A new connection begins with the state, which may be the one that is known.
      if (version < this.version || (version === this.version && this.lost_at === null)) this.disorder++
      this.version = version
      this.lost_at = null
    },
    lose() {
      this.lost_at ??= performance.now()
    },
  }
}

/** A WebSocket on a session, which is opened again as soon as it ends. */
export function watchSocket(base: string, id: string): Watcher {
  const watcher = createWatcher()
  let socket: WebSocket | undefined
  const run = async () => {
    while (!watcher.stopped) {
      socket = new WebSocket(`${base.replace('http', 'ws')}/ws?sessionId=${id}`, { perMessageDeflate: false })
      socket.on('message', (data) => {
        const { type, version } = JSON.parse(String(data))
        if (type.startsWith('STATE_')) watcher.take(version)
      })
      let opened = false
      socket.on('open', () => {
        opened = true
      })
      socket.on('error', () => {})
      const [code] = await once(socket, 'close')
      watcher.lose()
      if (opened && !watcher.stopped) watcher.codes.push(code)
      if (!opened) await delay(RETRY_MS)
    }
  }
  const stop = () => {
    watcher.stopped = true
    socket?.terminate()
  }
  void run()
  return Object.assign(watcher, { stop })
}

/** An event stream of a session, which is asked for again, with Last-Event-ID, as soon as it ends. */
export function watchStream(base: string, id: string): Watcher {
  const watcher = createWatcher()
  let request: ClientRequest | undefined
  let lastId: string | undefined
  const follow = async () => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    request = get(`${base}/v1/sessions/${id}/events`, { headers })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const parser = createParser({
      onEvent({ data, id: eventId }) {
        lastId = eventId
        watcher.take(JSON.parse(data).version)
      },
    })
    response.setEncoding('utf8')
    for await (const chunk of response) if (response.statusCode === 200) parser.feed(chunk)
  }
  const run = async () => {
    while (!watcher.stopped) {
      await follow().catch(() => delay(RETRY_MS))
      watcher.lose()
    }
  }
  const stop = () => {
    watcher.stopped = true
    request?.destroy()
  }
  void run()
  return Object.assign(watcher, { stop })
}

import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import { WebSocket } from 'ws'
import type { Random } from '../../../demo/lib/random.ts'
import type { Session } from '../../../schemas/session.ts'
import { fingerprint, type Watch } from './history.ts'

export type Watcher = Watch & {
  /** Of the state it was told last; 0 before the first. */
  readonly version: number
  /** Cuts the connection; it comes back. */
  cut(): void
  /** From now on it does not read what it is sent, or reads again. */
  stall(stalled: boolean): void
  stop(): void
}

type Where = { bases: string[]; session: string; random: Random }
type Connection = { ended: Promise<unknown>; cut(): void; stall(stalled: boolean): void }
type Told = { type: string; version: number; state: Session }

/** After an attempt that failed, in ms. */
const RETRY_MS = 50

/** Watches a session, at any instance, and comes back whenever the connection ends. */
export function watch(
  transport: 'websocket' | 'sse',
  number: number,
  { bases, session, random }: Where,
): Watcher {
  const messages: Watch['messages'] = []
  let connection = 0
  let current: Connection | null = null
  let stopped = false
  let stalled = false

  const take = ({ type, version, state }: Told): void => {
    if (type.startsWith('STATE_'))
      messages.push({ connection, version, state: fingerprint(state), at: Date.now() })
  }
  const connect = transport === 'websocket' ? openSocket : createStreamOpener()
  const run = async () => {
    while (!stopped) {
      current = connect(random.pick(bases), session, take)
      current.stall(stalled)
      await current.ended.catch(() => {})
      connection++
      if (!stopped) await pause(RETRY_MS * random.between(0.2, 1))
    }
  }
  void run()
  return {
    name: `${transport} ${number}`,
    messages,
    get version() {
      return messages.at(-1)?.version ?? 0
    },
    cut: () => current?.cut(),
    stall(now) {
      stalled = now
      current?.stall(now)
    },
    stop() {
      stopped = true
      current?.cut()
    },
  }
}

function openSocket(base: string, session: string, take: (told: Told) => void): Connection {
  const url = `${base.replace('http', 'ws')}/ws?sessionId=${session}`
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (data) => take(JSON.parse(String(data))))
  socket.on('error', () => {})
  return {
    ended: once(socket, 'close'),
    cut: () => socket.terminate(),
    stall(stalled) {
      if (stalled) socket.pause()
      else socket.resume()
    },
  }
}

/** Each stream names the last event of the one before, as browsers do. */
function createStreamOpener() {
  let lastId: string | undefined
  return (base: string, session: string, take: (told: Told) => void): Connection => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    const request: ClientRequest = get(`${base}/v1/sessions/${session}/events`, { headers, agent: false })
    let response: IncomingMessage | undefined
    const follow = async () => {
      ;[response] = (await once(request, 'response')) as [IncomingMessage]
      const parser = createParser({
        onEvent({ data, id }) {
          lastId = id
          take(JSON.parse(data))
        },
      })
      const found = response.statusCode === 200
      response.setEncoding('utf8').on('error', () => {})
      response.on('data', (chunk) => void (found && parser.feed(chunk)))
      await once(response, 'close')
    }
    return {
      ended: follow(),
      cut: () => request.destroy(),
      stall(stalled) {
        if (stalled) response?.pause()
        else response?.resume()
      },
    }
  }
}

import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import { WebSocket } from 'ws'
import type { Random } from '../../../demo/lib/random.ts'
import type { ServerMessage } from '../../../schemas/realtime.ts'
import type { Session } from '../../../schemas/session.ts'
import { applyDelta } from '../../conformance/realtime-delta.ts'
import { fingerprint, type Watch } from './history.ts'
import type { Transport } from './plans.ts'

export type Watcher = Watch & {
  /** Of the state it was told last; 0 before the first. */
  readonly version: number
  /** Whether it is connected. */
  readonly open: boolean
  /** Cuts the connection; it comes back. */
  cut(): void
  /** From now on it does not read what it is sent, or reads again. */
  stall(stalled: boolean): void
  stop(): void
}

type Where = { bases: string[]; session: string; random: Random }
type Connection = {
  readonly open: boolean
  ended: Promise<unknown>
  cut(): void
  stall(stalled: boolean): void
}
type Told = { type: string; version: number; state: Session }
type Delta = Extract<ServerMessage, { type: 'STATE_DELTA' }>

/** Stands for the state of who was told a change of something else. */
const UNFOUNDED = 'a change of what it had not'

/** After an attempt that failed, in ms. */
const RETRY_MS = 50

/** Watches a session, at any instance, and comes back whenever the connection ends. */
export function watch(transport: Transport, number: number, { bases, session, random }: Where): Watcher {
  const messages: Watch['messages'] = []
  let connection = 0
  let current: Connection | null = null
  let stopped = false
  let stalled = false

  /** Of the connection that is open: what its changes build on. */
  let last: Session | null = null

  const take = (told: Told | Delta): void => {
    if (!told.type.startsWith('STATE_')) return
    last = told.type === 'STATE_DELTA' ? changed(last, told as Delta) : (told as Told).state
    const state = last ? fingerprint(last) : UNFOUNDED
    messages.push({ connection, version: told.version, state, at: Date.now() })
  }
  const connect = transport === 'sse' ? createStreamOpener() : createSocketOpener(transport === 'delta')
  const run = async () => {
    while (!stopped) {
      current = connect(random.pick(bases), session, take)
      current.stall(stalled)
      await current.ended.catch(() => {})
      connection++
      last = null
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
    get open() {
      return current?.open ?? false
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

/** What a change makes of a state; null when it does not fit onto it. */
function changed(state: Session | null, delta: Delta): Session | null {
  return state && state.version === delta.base_version ? applyDelta(state, delta) : null
}

const createSocketOpener =
  (delta: boolean) =>
  (base: string, session: string, take: (told: Told | Delta) => void): Connection => {
    const url = `${base.replace('http', 'ws')}/ws?sessionId=${session}${delta ? '&delta=1' : ''}`
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.on('message', (data) => take(JSON.parse(String(data))))
    socket.on('error', () => {})
    return {
      get open() {
        return socket.readyState === socket.OPEN
      },
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
    let open = false
    const follow = async () => {
      ;[response] = (await once(request, 'response')) as [IncomingMessage]
      const parser = createParser({
        onEvent({ data, id }) {
          lastId = id
          take(JSON.parse(data))
        },
      })
      const found = response.statusCode === 200
      open = found
      response.setEncoding('utf8').on('error', () => {})
      response.on('data', (chunk) => void (found && parser.feed(chunk)))
      await once(response, 'close')
    }
    return {
      get open() {
        return open
      },
      ended: follow().finally(() => {
        open = false
      }),
      cut: () => request.destroy(),
      stall(stalled) {
        if (stalled) response?.pause()
        else response?.resume()
      },
    }
  }
}

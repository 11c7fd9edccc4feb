import { createBackoff } from './backoff.ts'
import type { Connection, LiveSession, ServerClock, Stop } from './client-types.ts'
import type { ClockSync } from './clock-sync.ts'
import { idle } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { reasonOf, SyncKairosError } from './errors.ts'
import { load } from './lazy.ts'
import { createListeners } from './listeners.ts'
import { createLiveSession, type Line, type LiveSessionHandle } from './live-session.ts'
import { clientClosed } from './request.ts'
import { createServerClock } from './server-clock.ts'
import type { Sessions } from './sessions.ts'
import type { Socket } from './socket.ts'
import type { SdkTime } from './time.ts'

export type LiveOptions = {
  endpoint: Endpoint
  sessions: Sessions
  fetch: typeof fetch
  WebSocket: typeof WebSocket | undefined
  time: SdkTime
  random: () => number
  name?: string | undefined
}

export type Live = {
  readonly clock: ServerClock
  readonly connection: Connection
  /** @throws SyncKairosError INVALID_ID */
  session(id: string): LiveSession
  on(event: 'connection', listener: (connection: Connection) => void): Stop
  close(): void
}

type Transport = { socket: Socket; clockSync: ClockSync; predict: Line['predict'] }

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const loadTransport = () => import('./transport.ts')

/** The live part of a client: one socket, one clock, any number of sessions. Opens nothing before it is asked for one. */
export function createLive(options: LiveOptions): Live {
  const { time } = options
  const { on, tell } = createListeners<{ connection: [Connection] }>()
  const open = new Map<string, LiveSessionHandle & { holders: number }>()
  /** While there is no transport. */
  let placeholder = idle(time.now())
  let transport: Transport | null = null
  let stopLoading: Stop | null = null

  const clock = createServerClock(time, async () => {
    const parts = await loadTransport().catch((cause) => {
      throw new SyncKairosError('network', 'CLOCK_NOT_SYNCED', reasonOf(cause), { cause })
    })
    return use(parts).clockSync.sync()
  })

  const line: Line = {
    get connection() {
      return transport?.socket.connection ?? placeholder
    },
    ask: (id) => transport?.socket.ask(id),
    retry: () => transport?.socket.retry(),
    predict: (...given) => transport?.predict(...given) ?? null,
  }

  function use({
    createSocket,
    createClockSync,
    predict,
  }: Awaited<ReturnType<typeof loadTransport>>): Transport {
    if (transport) return transport
    const onTime: ClockSync['take'] = (answer) => clockSync.take(answer)
    const socket = createSocket({ ...options, onConnection, onTime, onWake })
    const clockSync = createClockSync({ ...options, clock, ask: socket.askTime })
    transport = { socket, clockSync, predict }
    for (const [id, { take }] of open) socket.watch(id, take)
    return transport
  }

  function onConnection(connection: Connection) {
    if (connection.status === 'live') transport?.clockSync.begin()
    else transport?.clockSync.end()
    for (const { onConnection } of [...open.values()]) onConnection(connection)
    tell('connection', connection)
  }

  function onWake() {
    transport?.clockSync.begin()
  }

  function release(id: string): boolean {
    const handle = open.get(id)
    if (!handle) return true
    handle.holders -= 1
    if (handle.holders > 0) return false
    open.delete(id)
    transport?.socket.unwatch(id)
    return true
  }

  function replace(status: Connection['status']) {
    placeholder = { ...placeholder, status, since: time.now() }
  }

  function create(id: string) {
    if (placeholder.status === 'closed') throw clientClosed()
    if (!UUID.test(id))
      throw new SyncKairosError('invalid', 'INVALID_ID', `This is no id of a session: ${id}`)
    const handle = {
      ...createLiveSession({ ...options, id, line, clock, release: () => release(id) }),
      holders: 0,
    }
    open.set(id, handle)
    transport?.socket.watch(id, handle.take)
    if (!stopLoading) {
      stopLoading = load(loadTransport, use, createBackoff(options))
      replace('connecting')
    }
    return handle
  }

  return {
    clock,
    get connection() {
      return line.connection
    },
    session(id) {
      const handle = open.get(id) ?? create(id)
      handle.holders += 1
      return handle.session
    },
    on,
    close() {
      if (placeholder.status === 'closed') return
      stopLoading?.()
      replace('closed')
      const handles = [...open.values()]
      open.clear()
      for (const { end } of handles) end()
      if (transport) transport.socket.close()
      else tell('connection', placeholder)
    },
  }
}

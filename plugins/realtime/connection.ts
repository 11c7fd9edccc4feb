import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { DomainError } from '../../engine/errors.ts'
import type { ClientMessage, ServerMessage } from '../../schemas/realtime.ts'
import type { Clock } from '../clock.ts'
import type { RealtimeConfig } from './config.ts'
import { type Frame, type Message, nameOf } from './frames.ts'
import type { Hub, Subscription } from './hub.ts'
import { createBudget } from './limits.ts'
import type { RealtimeMetrics } from './metrics.ts'
import { createOutlet } from './outlet.ts'
import { PING } from './packet.ts'
import { type Address, Close, closeFor, errorMessage, parseMessage } from './protocol.ts'
import { SESSIONS_TOPIC } from './session-codec.ts'

export type Connection = {
  /**
   * Called at each heartbeat: ends the socket if its token was withdrawn, if it is stuck or did not answer the last ping,
   * else pings it.
   */
  beat(): void
}

type Options = {
  socket: WebSocket
  /** What the socket writes to. */
  wire: Duplex
  address: Address
  /** Whether the token that opened the socket still would. */
  mayStay(): boolean
  hub: Hub
  clock: Clock
  config: RealtimeConfig
  metrics: RealtimeMetrics
}

type Handlers = {
  [T in ClientMessage['type']]: (message: Extract<ClientMessage, { type: T }>, received_at: number) => unknown
}

const isMissing = (error: unknown) => error instanceof DomainError && error.kind === 'not_found'

/** One open socket: what it watches, what it says, what it is told. Ends what it began when the socket closes. */
export function createConnection(options: Options): Connection {
  const { socket, wire, address, mayStay, hub, clock, config, metrics } = options
  const { own } = address
  const subscriptions = new Map<string, Subscription>()
  const budget = createBudget(clock, config.WS_MAX_MESSAGES_PER_SECOND)
  let answered = true

  const isOpen = () => socket.readyState === socket.OPEN
  const outlet = createOutlet({
    clock,
    timeout_ms: config.SLOW_READER_TIMEOUT_MS,
    buffered: () => wire.writableLength,
    delta: address.delta,
    write: writeFrame,
    onStuck: endSlow,
  })

  /**
   * Past `ws`, in the bytes that all readers share. The order with what it writes itself stays: without compression and
   * Blobs it never holds anything back.
   */
  function writeFrame({ key, update }: Frame, { packet }: Message) {
    if (!isOpen()) return
    metrics.sent()
    wire.write(packet)
    if (update.document === null && key.id === own) socket.close(...Close.deleted)
  }

  /** Answers are not superseded, so a reader that asks and never reads is stopped by their sum. */
  function reply(message: ServerMessage) {
    if (!isOpen()) return
    metrics.sent()
    socket.send(JSON.stringify(message))
    if (socket.bufferedAmount > config.WS_MAX_BUFFERED_BYTES) endSlow()
  }

  function endSlow() {
    if (!isOpen()) return
    metrics.slow()
    socket.close(...Close.slow)
  }

  const fail = (error: unknown, sessionId?: string) => reply(errorMessage(error, clock.now(), sessionId))
  const reader = {
    id: randomUUID(),
    name: address.client,
    transport: 'websocket',
    connected_at: clock.now(),
  } as const
  const keyOf = (id: string) => ({ topic: SESSIONS_TOPIC, id })
  const ask = (id: string) => hub.subscribe(keyOf(id), outlet.offer)

  function watch(id: string) {
    outlet.follow(nameOf(keyOf(id)))
    return hub.subscribe(keyOf(id), outlet.offer, reader)
  }

  function drop(id: string) {
    outlet.forget(nameOf(keyOf(id)))
    subscriptions.get(id)?.end()
    subscriptions.delete(id)
  }

  async function resync({ sessionId = own }: { sessionId?: string | null }) {
    if (sessionId === null) {
      const message = 'sessionId is missing: this socket has no session of its own'
      throw new DomainError('invalid', 'VALIDATION_ERROR', message)
    }
    const watched = subscriptions.get(sessionId)
    const subscription = watched ?? ask(sessionId)
    await subscription.sync().catch((error) => fail(error, sessionId))
    if (!watched) subscription.end()
  }

  async function subscribe({ sessionId }: { sessionId: string }) {
    if (subscriptions.has(sessionId)) return resync({ sessionId })
    if (subscriptions.size >= config.WS_MAX_SESSIONS_PER_SOCKET) {
      const message = `A socket may watch ${config.WS_MAX_SESSIONS_PER_SOCKET} sessions`
      return fail(new DomainError('limited', 'SUBSCRIPTION_LIMIT_EXCEEDED', message), sessionId)
    }
    // A dashboard subscribes to hundreds of sessions at once; the limit above bounds it, not the rate.
    budget.refund()
    const subscription = watch(sessionId)
    subscriptions.set(sessionId, subscription)
    await subscription.sync().catch((error) => {
      if (!isMissing(error) && subscriptions.get(sessionId) === subscription) drop(sessionId)
      fail(error, sessionId)
    })
  }

  const handlers: Handlers = {
    PING: () => reply({ type: 'PONG', timestamp: clock.now() }),
    TIME_SYNC: ({ t0 }, received_at) =>
      reply({ type: 'TIME_SYNC', t0, t1: received_at, t2: clock.precise() }),
    RECONNECT: resync,
    REQUEST_SYNC: resync,
    SUBSCRIBE: subscribe,
    UNSUBSCRIBE: ({ sessionId }) => drop(sessionId),
  }

  async function onMessage(data: Buffer, isBinary: boolean) {
    if (!isOpen()) return
    const received_at = clock.precise()
    metrics.received()
    const verdict = budget.take()
    if (verdict === 'exhausted') return socket.close(...Close.flood)
    try {
      if (verdict === 'refused') {
        const message = `At most ${config.WS_MAX_MESSAGES_PER_SECOND} messages per second`
        throw new DomainError('limited', 'RATE_LIMIT_EXCEEDED', message)
      }
      const message = parseMessage(data, isBinary)
      await handlers[message.type](message as never, received_at)
    } catch (error) {
      fail(error)
    }
  }

  wire.on('drain', outlet.flush)
  socket.on('message', onMessage)
  socket.on('pong', () => {
    answered = true
  })
  socket.on('close', () => {
    for (const id of [...subscriptions.keys()]) drop(id)
  })

  reply({ type: 'CONNECTED', sessionId: own, timestamp: clock.now() })
  if (own !== null) begin(own)

  /** The session in the address: without its state there is no use in the socket, whereas one that is missing may come. */
  function begin(id: string) {
    const first = watch(id)
    subscriptions.set(id, first)
    first.sync().catch((error) => {
      if (isMissing(error)) return
      fail(error, id)
      socket.close(...closeFor(error))
    })
  }

  return {
    beat() {
      if (!isOpen()) return
      if (!mayStay()) return socket.close(...Close.unauthorised)
      if (outlet.stuck) return endSlow()
      // A ping would wait behind what it has not read yet, so its silence says nothing.
      if (outlet.lagging) {
        answered = true
        return
      }
      if (!answered) return socket.terminate()
      answered = false
      wire.write(PING)
    },
  }
}

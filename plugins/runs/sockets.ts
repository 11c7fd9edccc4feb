import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import { createHeartbeat } from '../realtime/heartbeat.ts'
import { createBudget, createTally } from '../realtime/limits.ts'
import { Close } from '../realtime/protocol.ts'
import { HEARTBEAT_MS } from '../realtime/sockets.ts'
import type { RunsConfig } from './config.ts'
import type { Feed } from './feed.ts'
import { createLag, type Lag } from './lag.ts'

/** How long clients may take to answer the goodbye at shutdown, in real time: a network is waited for, not a clock. */
const GOODBYE_MS = 1000

type Options = {
  feed: Feed
  clock: Clock
  config: Pick<
    RunsConfig,
    | 'WS_MAX_BUFFERED_BYTES'
    | 'SLOW_READER_TIMEOUT_MS'
    | 'WS_MAX_MESSAGES_PER_SECOND'
    | 'WS_MAX_SOCKETS_PER_IP'
  >
  /** Who may connect at all: asks the one rule there is for it. */
  admit(request: FastifyRequest): void
  /** Gives the question whether the token of this request still opens sockets. */
  standing(request: FastifyRequest): () => boolean
}

const PING = /^\s*\{\s*"type"\s*:\s*"PING"\s*\}\s*$/

/**
 * The readers of the feed over WebSockets: text frames with the JSON of the events. Of what they say only PING is heard:
 * pages do not see the pings of the protocol, and would never know that nobody is there any more.
 */
export function createSockets({ feed, clock, config, admit, standing }: Options) {
  const open = new Set<WebSocket>()
  const heartbeat = createHeartbeat(clock, HEARTBEAT_MS)
  const tally = createTally(config.WS_MAX_SOCKETS_PER_IP, 'sockets')
  let closing = false

  const send = (socket: WebSocket, data: Buffer | string, done?: () => void) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > config.WS_MAX_BUFFERED_BYTES) socket.close(...Close.slow)
    else socket.send(data, { binary: false }, done)
  }
  const beat = (socket: WebSocket, state: { answered: boolean; lag: Lag; mayStay(): boolean }) => {
    if (socket.readyState !== socket.OPEN) {
      // Who does not read does not read the goodbye either: from one beat to the next is enough for an answer.
      if (!state.answered) socket.terminate()
      state.answered = false
    } else if (!state.mayStay()) socket.close(...Close.unauthorised)
    else if (state.lag.stuck) socket.close(...Close.slow)
    // A ping would wait behind what it has not read yet, so its silence says nothing.
    else if (socket.bufferedAmount > 0) state.answered = true
    else if (!state.answered) socket.terminate()
    else {
      state.answered = false
      socket.ping()
    }
  }

  return {
    get size() {
      return open.size
    },

    /** Before the upgrade. @throws DomainError FORBIDDEN, RATE_LIMIT_EXCEEDED */
    admit(request: FastifyRequest): void {
      admit(request)
      tally.check(request.ip)
    },

    accept(socket: WebSocket, request: FastifyRequest, lastId: string | undefined): void {
      if (closing) {
        socket.close(...Close.shutdown)
        return
      }
      const release = tally.add(request.ip)
      const lag = createLag(clock, config.SLOW_READER_TIMEOUT_MS, () => socket.bufferedAmount)
      const state = { answered: true, lag, mayStay: standing(request) }
      open.add(socket)
      const calm = heartbeat.add(() => beat(socket, state))
      socket.on('pong', () => {
        state.answered = true
      })
      const budget = createBudget(clock, config.WS_MAX_MESSAGES_PER_SECOND)
      socket.on('message', (data) => {
        const verdict = budget.take()
        if (verdict === 'exhausted') socket.close(...Close.flood)
        else if (verdict === 'granted' && PING.test(String(data))) {
          send(socket, JSON.stringify({ type: 'PONG', timestamp: clock.now() }))
        }
      })
      const leave = feed.join(
        {
          take: ({ text }, done) => send(socket, text, done && lag.until(done)),
          reset: (latest) =>
            send(
              socket,
              JSON.stringify({ type: 'reset', id: latest, timestamp: new Date(clock.now()).toISOString() }),
            ),
        },
        lastId,
      )
      socket.once('close', () => {
        leave()
        release()
        calm()
        open.delete(socket)
      })
    },

    close(): void {
      closing = true
      heartbeat.stop()
      const sockets = [...open]
      for (const socket of sockets) socket.close(...Close.shutdown)
      setTimeout(() => {
        for (const socket of sockets) socket.terminate()
      }, GOODBYE_MS).unref()
    },
  }
}

export type RunSockets = ReturnType<typeof createSockets>

import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'
import type { RealtimeConfig } from './config.ts'
import { createConnection } from './connection.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { Hub } from './hub.ts'
import { createTally } from './limits.ts'
import type { RealtimeMetrics } from './metrics.ts'
import { Close, parseAddress } from './protocol.ts'

export const HEARTBEAT_MS = 5000

/** How long clients may take to answer the goodbye at shutdown, in real time: a network is waited for, not a clock. */
const GOODBYE_MS = 1000

type Options = {
  hub: Hub
  clock: Clock
  config: RealtimeConfig
  metrics: RealtimeMetrics
  /** CORS does not cover upgrades, so its rule is asked here. */
  allowsOrigin(origin: string | undefined): boolean
  /** Gives the question whether the token of this request still opens sockets. */
  standing(request: FastifyRequest): () => boolean
}

/** All WebSockets of this instance. */
export function createSockets({ hub, clock, config, metrics, allowsOrigin, standing }: Options) {
  const open = new Set<WebSocket>()
  const heartbeat = createHeartbeat(clock, HEARTBEAT_MS)
  const tally = createTally(config.WS_MAX_SOCKETS_PER_IP, 'sockets')
  let closing = false

  return {
    get size() {
      return open.size
    },

    /** Before the upgrade, where a refusal costs an HTTP answer and no socket. @throws DomainError */
    admit(request: FastifyRequest): void {
      const { origin } = request.headers
      if (!allowsOrigin(origin) && !isServedHere(origin, request.host)) {
        throw new DomainError('forbidden', 'FORBIDDEN', 'Pages of this origin may not open sockets here')
      }
      tally.check(request.ip)
    },

    accept(socket: WebSocket, request: FastifyRequest): void {
      const release = tally.add(request.ip)
      socket.once('close', () => {
        open.delete(socket)
        release()
      })
      open.add(socket)
      const address = parseAddress(request.query)
      if (closing) {
        socket.close(...Close.shutdown)
      } else if ('refused' in address) {
        socket.close(...address.refused)
      } else {
        const mayStay = standing(request)
        const wire = request.raw.socket
        const { beat } = createConnection({ socket, wire, address, mayStay, hub, clock, config, metrics })
        socket.once('close', heartbeat.add(beat))
      }
    },

    /** Says goodbye to everybody; whoever does not answer is cut off. */
    async close(): Promise<void> {
      closing = true
      heartbeat.stop()
      if (open.size === 0) return
      await new Promise<void>((resolve) => {
        const cutOff = () => {
          for (const socket of open) socket.terminate()
        }
        const timer = setTimeout(cutOff, GOODBYE_MS)
        for (const socket of open) {
          socket.once('close', () => {
            if (open.size > 0) return
            clearTimeout(timer)
            resolve()
          })
          socket.close(...Close.shutdown)
        }
      })
    },
  }
}

/** Browsers name the origin of same-origin upgrades too. */
function isServedHere(origin: string | undefined, host: string): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}

export type Sockets = ReturnType<typeof createSockets>

// Written by `npm run sdk:types` from schemas/.

import type { Session } from './types-session.ts'

export type ClientMessage =
  | {
      type: 'PING'
    }
  | {
      type: 'RECONNECT'
      /** What the client has */
      last_version?: number | undefined
      /** A uuid */
      sessionId?: string | undefined
    }
  | {
      type: 'REQUEST_SYNC'
      /** What the client has */
      last_version?: number | undefined
      /** A uuid */
      sessionId?: string | undefined
    }
  | {
      type: 'TIME_SYNC'
      /** When the client sent this, in ms with fractions */
      t0: number
    }
  | {
      type: 'SUBSCRIBE'
      /** A uuid */
      sessionId: string
    }
  | {
      type: 'UNSUBSCRIBE'
      /** A uuid */
      sessionId: string
    }

export type ServerMessage =
  | {
      type: 'CONNECTED'
      /** As in the address; null with ?multiplex=1 */
      sessionId: string | null
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
    }
  | {
      type: 'STATE_SYNC'
      /** A uuid */
      sessionId: string
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
      /** Strictly rising per session and socket */
      version: number
      state: Session
    }
  | {
      type: 'STATE_UPDATE'
      /** A uuid */
      sessionId: string
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
      /** Strictly rising per session and socket */
      version: number
      state: Session
    }
  | {
      type: 'SESSION_DELETED'
      /** A uuid */
      sessionId: string
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
      /** Strictly rising per session and socket */
      version: number
    }
  | {
      type: 'PONG'
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
    }
  | {
      type: 'TIME_SYNC'
      /** As the client sent it, in ms with fractions */
      t0: number
      /** When the server received it, in ms with fractions */
      t1: number
      /** When the server answers, in ms with fractions */
      t2: number
    }
  | {
      type: 'ERROR'
      code: string
      message: string
      /** The same text as message */
      error: string
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
      /** The session that the failed message named */
      sessionId?: string | undefined
    }

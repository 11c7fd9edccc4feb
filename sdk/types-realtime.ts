// Written by `npm run sdk:types` from schemas/.

import type { Participant, Session, SessionStatus, SyncMode, TimeoutAction } from './types-session.ts'

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
      type: 'STATE_DELTA'
      /** A uuid */
      sessionId: string
      /** The server's time, in ms since the Unix epoch */
      timestamp: number
      /** Strictly rising per session and socket */
      version: number
      /** The version of the state that this builds on: the last one that was sent over this socket */
      base_version: number
      /** The fields of the state that are new, except participants */
      changes: {
        /** As given at the creation */
        session_id?: string | undefined
        sync_mode?: SyncMode | undefined
        status?: SessionStatus | undefined
        /** Rises with every change */
        version?: number | undefined
        /** Whose turn it is */
        active_participant_id?: string | null | undefined
        total_time_ms?: number | null | undefined
        time_per_cycle_ms?: number | null | undefined
        increment_ms?: number | null | undefined
        max_time_ms?: number | null | undefined
        auto_advance?: boolean | undefined
        /** What the server does when a turn runs out of time */
        action_on_timeout?: TimeoutAction | null | undefined
        metadata?: Record<string, unknown> | null | undefined
        /** Since when time runs that is not in time_used_ms yet */
        cycle_started_at?: string | null | undefined
        /** When the running clock reaches zero */
        cycle_deadline_at?: string | null | undefined
        /** The first start */
        session_started_at?: string | null | undefined
        /** The end, by completion or by expiry */
        session_completed_at?: string | null | undefined
        /** The creation */
        created_at?: string | undefined
        /** The last change */
        updated_at?: string | undefined
      }
      /** Those that are new in anything, whole; each takes the place of the one with its participant_id */
      participants: Participant[]
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

import type { SyncKairosError } from './errors.ts'
import type { Runs } from './runs.ts'
import type { Sessions } from './sessions.ts'
import type { SdkTime } from './time.ts'
import type { Health, Instances, Readiness, ServerTime, Session, SwitchResult, SwitchTurn } from './types.ts'

/** Ends what it was returned by; a second time changes nothing. */
export type Stop = () => void

export type ClientOptions = {
  /** Where the server is, with its path where a proxy gives it one; the page's own origin, else http://127.0.0.1:3000. */
  url?: string | URL | undefined
  /** Sent as a bearer token. A function is asked for each attempt of a call and for each connection. */
  token?: string | (() => string | undefined) | undefined
  /** What this client calls itself to those who look at the watchers of a session: 1 to 64 characters. */
  name?: string | undefined
  /** How long one attempt of a call may take; 10 s. */
  timeout_ms?: number | undefined
  /** How often a call that may succeed later is repeated; 4. */
  retries?: number | undefined
  fetch?: typeof fetch | undefined
  WebSocket?: typeof WebSocket | undefined
  time?: SdkTime | undefined
  random?: (() => number) | undefined
}

export type CallOptions = {
  /** Ends the call, with an error of kind 'aborted'. What was under way may have taken effect. */
  signal?: AbortSignal | undefined
  /** For a call that goes on where another process began it; by default each call has one of its own. */
  idempotency_key?: string | undefined
  /**
   * How long after the call a change may be sent, in ms; by default as long as its attempts take. What has no answer by
   * then ends with code OUTCOME_UNKNOWN.
   */
  within_ms?: number | undefined
  /** Entity tags: refused with 'precondition' unless the session carries one of them. */
  if_match?: string | undefined
  /** The same by version. */
  expected_version?: number | undefined
  /** Instead of the client's. */
  token?: string | undefined
}

export type Client = {
  /** Of the server, without user and password. */
  readonly url: string
  readonly clock: ServerClock
  /** Of the one socket that all live sessions of this client share. */
  readonly connection: Connection
  readonly sessions: Sessions
  readonly runs: Runs
  time(options?: CallOptions): Promise<ServerTime>
  health(options?: CallOptions): Promise<Health>
  /** A server that is not ready is an answer, too, not an error. */
  ready(options?: CallOptions): Promise<Readiness>
  instances(options?: CallOptions): Promise<Instances>
  /** In the text format of Prometheus. */
  metrics(options?: CallOptions): Promise<string>
  /** A session to watch and to change. The same id gives the same object until it was closed as often as asked for. */
  session(id: string): LiveSession
  on(event: 'connection', listener: (connection: Connection) => void): Stop
  /** Ends its connections and its calls. */
  close(): void
}

export type Connection = {
  readonly status: 'idle' | 'connecting' | 'live' | 'offline' | 'closed'
  readonly transport: 'websocket' | 'sse' | null
  /** Since when, in ms since the Unix epoch. */
  readonly since: number
  /** Attempts in a row that failed. */
  readonly attempt: number
  /** When the next attempt is due, in ms since the Unix epoch. */
  readonly retry_at: number | null
  /**
   * The server refuses these credentials. Sessions are not tried again before there are others, so there is no `retry_at`; the
   * feed of runs is, and where the token is another one each time sessions are, too: it stays true until one is good.
   */
  readonly denied: boolean
  /** Why it is not live, such as UNAUTHORIZED. */
  readonly code?: string | undefined
}

/** The server's time, as far as it is known here. All in ms. */
export type ServerClock = {
  readonly synced: boolean
  /** What is added to this machine's clock. */
  readonly offset: number
  /**
   * How far off now() may be: worked out when it is read. It grows with the time since the last measurement (6 ms a minute),
   * and leaps when the machine has slept; of neither does 'change' tell. Infinity until `synced`.
   */
  readonly uncertainty: number
  /** Since the Unix epoch. This machine's own until `synced`; never goes back from then on. */
  now(): number
  /** Asks the server; rejects when nobody answers. Done by itself while a session is followed. */
  sync(): Promise<void>
  /** The server's time was measured anew. */
  on(event: 'change', listener: () => void): Stop
}

export type LiveSession = {
  readonly id: string
  /** The newest that is known, with what is under way; null until the first one, and without a session. */
  readonly state: Session | null
  /** The same as far as the server has confirmed it. */
  readonly confirmed: Session | null
  /** Whether a change of this client waits for the server. */
  readonly pending: boolean
  readonly status: 'loading' | 'live' | 'offline' | 'missing' | 'deleted' | 'denied' | 'closed'
  readonly connection: Connection
  /** When `state` last changed, in ms since the Unix epoch; null before. */
  readonly updated_at: number | null
  on(
    event: 'update',
    listener: (state: Session, why: { optimistic: boolean; rolled_back: boolean }) => void,
  ): Stop
  /** The server has said that this clock ran out. */
  on(event: 'expired', listener: (expired: { participant_id: string; state: Session }) => void): Stop
  on(event: 'deleted' | 'missing', listener: () => void): Stop
  on(event: 'connection', listener: (connection: Connection) => void): Stop
  on(event: 'error', listener: (error: SyncKairosError) => void): Stop
  /** Anything that can be read here is other than it was. */
  on(event: 'change', listener: () => void): Stop
  /**
   * The confirmed state, then each newer one; a slow reader gets the newest. Ends with the session, and throws when the
   * server refuses the client.
   */
  [Symbol.asyncIterator](): AsyncIterator<Session>
  /** ms that this clock has left, at least 0; Infinity for a stopwatch without an end. */
  remaining(participant_id: string): number
  /** ms that this participant's turns took. */
  used(participant_id: string): number
  /** ms that the turns of all took together: what a stopwatch of the session shows. */
  elapsed(): number
  /**
   * What these change is in `state` at once, and taken back when the server refuses it; they are sent one after the other.
   * Without a connection they wait for up to 30 s - a switch only with current_participant_id and expected_version, so
   * that it cannot do harm late - and the others fail at once, with code OFFLINE. One of those others that is under way
   * when the connection breaks is sent again, with its Idempotency-Key, until 10 s after the call.
   */
  start(options?: CallOptions): Promise<Session>
  switch(turn?: SwitchTurn, options?: CallOptions): Promise<SwitchResult>
  pause(options?: CallOptions): Promise<Session>
  resume(options?: CallOptions): Promise<Session>
  complete(options?: CallOptions): Promise<Session>
  /** Shows when it has happened. */
  delete(options?: CallOptions): Promise<void>
  /** Reads it by HTTP. */
  refresh(): Promise<void>
  close(): void
}

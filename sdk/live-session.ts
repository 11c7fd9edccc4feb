import { createBackoff } from './backoff.ts'
import { createCatchUp } from './catch-up.ts'
import type { CallOptions, Connection, LiveSession, ServerClock } from './client-types.ts'
import { createCommandQueue } from './command-queue.ts'
import { elapsed, remaining, used } from './countdown.ts'
import { type ErrorKind, SyncKairosError } from './errors.ts'
import { createListeners } from './listeners.ts'
import { newId } from './new-id.ts'
import type { Command } from './prediction.ts'
import { createSessionRecord, expiredBetween } from './session-record.ts'
import type { Sessions } from './sessions.ts'
import type { SdkTime } from './time.ts'
import type { ServerMessage, Session } from './types.ts'

type Events = {
  update: [state: Session, why: { optimistic: boolean; rolled_back: boolean }]
  expired: [expired: { participant_id: string; state: Session }]
  deleted: []
  missing: []
  connection: [connection: Connection]
  error: [error: SyncKairosError]
  change: []
}

/** What a session needs of the connection that it shares with others, and what comes along with it. */
export type Line = {
  readonly connection: Connection
  /** Has the state of a session told again. */
  ask(id: string): void
  /** There is reason to believe that the server can be reached again. */
  retry(): void
  /** What a command makes of a session; null when that cannot be told. */
  predict(session: Session, command: Command, now: number): Session | null
}

type Options = {
  id: string
  line: Line
  clock: ServerClock
  sessions: Sessions
  time: SdkTime
  random: () => number
  /** Somebody has closed it; answers whether that was the last one. */
  release(): boolean
}

/** A live session, and what its client tells it. */
export type LiveSessionHandle = {
  session: LiveSession
  take(message: ServerMessage): void
  onConnection(connection: Connection): void
  end(): void
}

export function createLiveSession(options: Options): LiveSessionHandle {
  const { id, line, clock, sessions, time, release } = options
  const { on, tell } = createListeners<Events>()
  const record = createSessionRecord()
  const backoff = createBackoff(options)
  const catchUp = createCatchUp(time, refresh)
  const queue = createCommandQueue({
    time,
    offline: isOffline,
    version: () => record.version,
    onChange: show,
  })
  let fate: 'present' | 'missing' | 'deleted' = 'present'
  let state: Session | null = null
  /** What `state` was made of. */
  let shown: unknown[] = [null]
  let updated_at: number | null = null
  /** Whether the connection has told of the session; whether any did; whether a state has come since it began. */
  let synced = false
  let followed = false
  let renewed = false
  let refused = false
  let closed = false

  function isOffline() {
    const { status, attempt, denied } = line.connection
    return !denied && (status === 'offline' || (status === 'connecting' && attempt > 0))
  }

  function status(): LiveSession['status'] {
    if (closed) return 'closed'
    const { status, attempt, denied } = line.connection
    if (denied) return 'denied'
    if (status === 'live' && synced) {
      if (fate !== 'present') return fate
      return queue.entries.some(({ held }) => held) ? 'offline' : 'live'
    }
    if (fate === 'deleted') return fate
    return followed || attempt > 0 ? 'offline' : 'loading'
  }

  /** The confirmed state with what is under way on top of it - unless that may be in it already. */
  function predicted(): Session | null {
    const { confirmed, version } = record
    const open = confirmed ? queue.entries.filter(({ base }) => base === null || base >= version) : []
    const parts = [confirmed, ...open]
    if (parts.length === shown.length && parts.every((part, i) => part === shown[i])) return state
    shown = parts
    return open.reduce((before, { command, at }) => {
      return (before && command && at !== null && line.predict(before, command, at)) || before
    }, confirmed)
  }

  function show(rolled_back = false) {
    const next = predicted()
    if (next !== state) {
      state = next
      updated_at = time.now()
      if (next) tell('update', next, { optimistic: next !== record.confirmed, rolled_back })
    }
    tell('change')
  }

  function accept(session: Session): Session {
    const before = record.confirmed
    if (closed || !record.accept(session)) return session
    fate = 'present'
    renewed = true
    queue.seen(session.version)
    show()
    for (const participant_id of expiredBetween(before, session)) {
      tell('expired', { participant_id, state: session })
    }
    return session
  }

  function remove(version?: number) {
    if (fate === 'deleted' || !record.remove(version)) return
    fate = 'deleted'
    queue.seen(Number.POSITIVE_INFINITY)
    show()
    tell('deleted')
  }

  /** There is no such session: not yet, or not any more. */
  function absent() {
    if (record.confirmed) return remove()
    if (fate !== 'present') return
    fate = 'missing'
    tell('missing')
  }

  function take(message: ServerMessage) {
    if (message.type === 'ERROR') return fail(message.code, message.message)
    synced = true
    followed = true
    backoff.reset()
    if (message.type === 'SESSION_DELETED') remove(message.version)
    else if (message.type === 'STATE_SYNC' || message.type === 'STATE_UPDATE') accept(message.state)
    tell('change')
  }

  function fail(code: string, message: string) {
    if (code === 'SESSION_NOT_FOUND') {
      synced = true
      followed = true
      // What has come since this was asked may be newer than the answer.
      const { version } = record
      if (renewed) void catchUp.now(() => record.version === version)
      else absent()
      return tell('change')
    }
    const kind: ErrorKind = code.includes('LIMIT') ? 'limited' : 'unavailable'
    tell('error', new SyncKairosError(kind, code, message))
    if (kind === 'unavailable') backoff.retry(() => line.ask(id))
  }

  async function refresh() {
    const before = record.version
    try {
      accept(await sessions.get(id))
    } catch (error) {
      if ((error as SyncKairosError).code !== 'SESSION_NOT_FOUND') throw error
      if (record.version === before) absent()
      tell('change')
    }
    line.retry()
  }

  function change<T>(
    command: Command | null,
    given: CallOptions | undefined,
    send: (o: CallOptions) => Promise<T>,
  ) {
    if (closed) return Promise.reject<T>(new SyncKairosError('aborted', 'CLOSED', 'The session was closed'))
    const options = { ...given, idempotency_key: given?.idempotency_key ?? newId() }
    const at = clock.synced ? clock.now() : null
    const { signal, within_ms } = options
    return queue.add({
      command,
      at,
      signal,
      within_ms,
      send: (left) => send({ ...options, within_ms: left }),
    })
  }

  const step = (type: 'start' | 'pause' | 'resume' | 'complete') => (given?: CallOptions) =>
    change({ type }, given, async (options) => accept(await sessions[type](id, options)))

  function onConnection(connection: Connection) {
    // Where one link takes the place of another that worked, what is known is as good as it was.
    synced &&= connection.status === 'live'
    renewed = false
    if (connection.status === 'live') queue.flush()
    tell('connection', connection)
    if (connection.denied && !refused) tell('error', denial(connection))
    refused = connection.denied
    tell('change')
  }

  function end() {
    if (closed) return
    closed = true
    backoff.cancel()
    catchUp.stop()
    queue.close()
    tell('change')
  }

  const session: LiveSession = {
    id,
    get state() {
      return state
    },
    get confirmed() {
      return record.confirmed
    },
    get pending() {
      return queue.entries.length > 0
    },
    get status() {
      return status()
    },
    get connection() {
      return line.connection
    },
    get updated_at() {
      return updated_at
    },
    on,
    async *[Symbol.asyncIterator]() {
      let seen: Session | null = null
      let wake = () => {}
      const stop = on('change', () => wake())
      try {
        while (!closed && fate !== 'deleted') {
          const { confirmed } = record
          if (line.connection.denied) throw denial(line.connection)
          if (confirmed && confirmed !== seen) {
            seen = confirmed
            yield confirmed
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        stop()
      }
    },
    remaining: (participant_id) => (state ? remaining(state, participant_id, clock.now()) : 0),
    used: (participant_id) => (state ? used(state, participant_id, clock.now()) : 0),
    elapsed: () => (state ? elapsed(state, null, clock.now()) : 0),
    start: step('start'),
    pause: step('pause'),
    resume: step('resume'),
    complete: step('complete'),
    switch: (turn = {}, given) =>
      change({ type: 'switch', ...turn }, given, async (options) => {
        const result = await sessions.switch(id, turn, options)
        catchUp.soon(() => record.version < result.version)
        return result
      }),
    delete: (given) =>
      change(null, given, async (options) => {
        await sessions.delete(id, options)
        const { confirmed } = record
        if (confirmed) await catchUp.now(() => record.confirmed === confirmed)
      }),
    refresh,
    close() {
      if (!closed && release()) end()
    },
  }

  return { session, onConnection, end, take }
}

const denial = ({ code = 'UNAUTHORIZED' }: Connection) => {
  const kind: ErrorKind = code === 'UNAUTHORIZED' ? 'unauthorised' : 'forbidden'
  return new SyncKairosError(kind, code, `The server refuses this client: ${code}`)
}

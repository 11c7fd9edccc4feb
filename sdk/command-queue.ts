import { type ErrorKind, SyncKairosError } from './errors.ts'
import type { Command } from './prediction.ts'
import { outcomeUnknown } from './request.ts'
import type { SdkTime } from './time.ts'

/** One change, from when it is asked for until its effect was seen. */
export type Entry = {
  /** Null for what is not predicted. */
  readonly command: Command | null
  /** When it was asked for, by the server's clock; null when that is not known. */
  readonly at: number | null
  /** The newest version that was known when it was sent: newer ones may contain it. Null until then. */
  base: number | null
  /** The version that it made, once the server has answered. */
  applied: number | null
  /** It had to wait for the server. */
  held: boolean
}

export type Task<T> = Pick<Entry, 'command' | 'at'> & {
  signal?: AbortSignal | undefined
  /** How long after now it may be sent. */
  within_ms?: number | undefined
  /** May be called more than once: must take effect once. Ends after `within_ms`, whatever has become of it. */
  send(within_ms: number): Promise<T>
}

export type CommandQueue = {
  /** In the order of the calls. */
  readonly entries: readonly Entry[]
  add<T>(task: Task<T>): Promise<T>
  /** The server can be reached (again). */
  flush(): void
  /** This version has been seen, and with it what made it or came before. Says nothing to onChange. */
  seen(version: number): void
  /** Calls off what was not sent. */
  close(): void
}

type Options = {
  time: SdkTime
  offline(): boolean
  /** The newest version that was seen. */
  version(): number
  /** The entries are others; `refused`: because one will not take effect. */
  onChange(refused: boolean): void
}

const LONGEST_QUEUE = 32
/** Whoever tapped longer ago does not want it to count any more. */
const HARMLESS_MS = 30_000
/** By then somebody else may have moved, and would be moved again. */
const HARMFUL_MS = 10_000

type Waiting = Entry & {
  task: Task<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
  /** Until when it may be sent, by the machine's clock: timers stand still while that sleeps. */
  until: number
  /** It is not to be sent again. */
  late: boolean
  /** Ends what waits along with it. */
  stop(): void
}

/**
 * The changes of one session: each is sent once the one before was answered, so that they take effect in order. Without
 * a connection those wait, for a while, that do no harm when they come late; the others are refused.
 */
export function createCommandQueue({ time, offline, version, onChange }: Options): CommandQueue {
  const entries: Waiting[] = []
  let busy: Waiting | null = null

  function remove(entry: Waiting) {
    entries.splice(entries.indexOf(entry), 1)
    entry.stop()
  }

  function drop(entry: Waiting, error: unknown) {
    remove(entry)
    entry.reject(error)
    onChange(true)
  }

  async function pump() {
    if (busy) return
    for (;;) {
      const unsent = entries.filter(({ applied }) => applied === null)
      const [entry] = unsent
      if (!entry) return
      if (offline()) {
        for (const each of unsent) if (!isHarmless(each.command)) drop(each, failure('OFFLINE', NOT_HELD))
        return
      }
      busy = entry
      await run(entry)
      busy = null
    }
  }

  async function run(entry: Waiting) {
    const left = entry.until - time.now()
    if (left <= 0) return drop(entry, tooLate(entry))
    entry.base ??= Math.max(version(), ...entries.map(({ applied }) => applied ?? 0))
    try {
      const value = await entry.task.send(left)
      entry.applied = (value as { version?: number } | undefined)?.version ?? 0
      entry.resolve(value)
      seen(version())
      onChange(false)
    } catch (thrown) {
      const error = thrown as SyncKairosError
      const passing = error.retryable && error.kind !== 'limited'
      entry.held = passing && offline() && isHarmless(entry.command) && !entry.late
      if (!entry.held) drop(entry, error)
    }
  }

  function seen(current: number) {
    for (const entry of [...entries]) {
      if (entry.applied !== null && entry.applied <= current) remove(entry)
    }
  }

  /** Called off while it waits; what is under way ends by itself. */
  function callOff(entry: Waiting, error: SyncKairosError) {
    entry.late = true
    if (entry !== busy && entry.applied === null) drop(entry, error)
  }

  return {
    entries,
    add<T>(task: Task<T>) {
      const { command, at, signal } = task
      const held = offline()
      return new Promise<T>((resolve, reject) => {
        if (held && !isHarmless(command)) return reject(failure('OFFLINE', NOT_HELD))
        if (entries.length >= LONGEST_QUEUE)
          return reject(failure('QUEUE_FULL', 'Too many changes wait', 'limited'))
        const onAbort = () => callOff(entry, failure('ABORTED', 'The call was aborted', 'aborted'))
        const { within_ms = isHarmless(command) ? HARMLESS_MS : HARMFUL_MS } = task
        const cancel = time.after(within_ms, () => callOff(entry, tooLate(entry)))
        const entry: Waiting = {
          ...{ command, at, task, held, base: null, applied: null, late: false, reject },
          until: time.now() + within_ms,
          resolve: resolve as (value: unknown) => void,
          stop() {
            cancel()
            signal?.removeEventListener('abort', onAbort)
          },
        }
        signal?.addEventListener('abort', onAbort)
        entries.push(entry)
        onChange(false)
        void pump()
      })
    },
    flush: () => void pump(),
    seen,
    close() {
      for (const entry of [...entries]) callOff(entry, failure('CLOSED', 'The session was closed', 'aborted'))
    },
  }
}

const NOT_HELD = 'Not sent: offline, and not safe to send later'
const TOO_LATE = 'Not sent: no connection in time'

const failure = (code: string, message: string, kind: ErrorKind = 'unavailable') =>
  new SyncKairosError(kind, code, message)

/** What has been sent before may have taken effect. */
const tooLate = ({ base }: Entry) => (base === null ? failure('OFFLINE', TOO_LATE) : outcomeUnknown())

/** Whether it may come late: it says itself what it is about, so that it is refused when that has passed. */
function isHarmless(command: Command | null): boolean {
  if (command?.type !== 'switch') return command !== null
  return command.expected_version !== undefined && command.current_participant_id !== undefined
}

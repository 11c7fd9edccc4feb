import type { SyncKairosError } from './errors.ts'
import type { SdkTime } from './time.ts'

export type CatchUp = {
  /** Reads now, unless that has become needless; replaces what was planned. Resolves when it has been tried. */
  now(isNeeded: () => boolean): Promise<void>
  /** The same a moment later. */
  soon(isNeeded: () => boolean): void
  /** For good. */
  stop(): void
}

/** A frame that does not come although its command was answered is asked for, after this long. */
const OVERDUE_MS = 1000

/**
 * Reads a session where nobody is kept waiting: a server that asks to be left alone is, and is read then. Other failures
 * are not repeated, for what they kept away comes with the next connection.
 */
export function createCatchUp(time: SdkTime, read: () => Promise<void>): CatchUp {
  let cancel = () => {}
  let stopped = false

  function plan(isNeeded: () => boolean, ms: number) {
    cancel()
    if (!stopped) cancel = time.after(ms, () => now(isNeeded))
  }

  async function now(isNeeded: () => boolean) {
    cancel()
    if (stopped || !isNeeded()) return
    await read().catch(({ retry_after_ms }: SyncKairosError) => {
      if (retry_after_ms !== null) plan(isNeeded, retry_after_ms)
    })
  }

  return {
    now,
    soon: (isNeeded) => plan(isNeeded, OVERDUE_MS),
    stop() {
      stopped = true
      cancel()
    },
  }
}

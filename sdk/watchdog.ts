import type { SdkTime } from './time.ts'

export type Watchdog = {
  /** Something has to be heard within `ms` from now; replaces what was expected before. */
  expect(ms: number): void
  /** It was heard. */
  calm(): void
  readonly expecting: boolean
}

/** A timer this late says that this program was asleep, not that the server was silent, in ms. */
const LATE_MS = 2000
const GRACE_MS = 2000

/** Calls `onSilence` when what was expected does not come. */
export function createWatchdog(time: SdkTime, onSilence: () => void): Watchdog {
  let stop: (() => void) | null = null

  function expect(ms: number) {
    calm()
    const due = time.now() + ms
    stop = time.after(ms, () => {
      stop = null
      // What came meanwhile waits behind this timer, so it gets the time to be heard.
      if (time.now() - due > LATE_MS) expect(GRACE_MS)
      else onSilence()
    })
  }

  function calm() {
    stop?.()
    stop = null
  }

  return {
    expect,
    calm,
    get expecting() {
      return stop !== null
    },
  }
}

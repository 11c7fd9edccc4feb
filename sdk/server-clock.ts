import type { ServerClock } from './client-types.ts'
import type { ClockFilter } from './clock-filter.ts'
import { createListeners } from './listeners.ts'
import type { SdkTime } from './time.ts'

export type SyncedClock = ServerClock & {
  /** From now on this is where the time comes from; before, it is this machine's. */
  follow(filter: ClockFilter): void
  /** The filter has learned something. */
  changed(): void
}

/** The server's clock as far as it is known here; `sync` finds out more. */
export function createServerClock(time: SdkTime, sync: () => Promise<void>): SyncedClock {
  const { on, tell } = createListeners<{ change: [] }>()
  let filter: ClockFilter | null = null
  return {
    get synced() {
      return filter?.synced ?? false
    },
    get offset() {
      return filter?.offset ?? 0
    },
    get uncertainty() {
      return filter?.uncertainty ?? Number.POSITIVE_INFINITY
    },
    now: () => (filter ?? time).now(),
    sync,
    on,
    follow(given) {
      filter = given
    },
    changed: () => tell('change'),
  }
}

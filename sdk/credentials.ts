import type { Stop } from './client-types.ts'
import type { Endpoint } from './endpoint.ts'
import type { SdkTime } from './time.ts'

/** What a connection authorises itself with, and whether that is still all there is. */
export type Credentials = {
  /** Takes those of now for the next attempt. */
  use(): void
  /** There are others than those that were used last. */
  readonly renewed: boolean
  /** Calls `fn` once there are others. */
  onRenewed(fn: () => void): Stop
}

/** How often is looked whether there are others. */
const LOOK_MS = 5000

export function createCredentials(endpoint: Endpoint, time: SdkTime): Credentials {
  let used: string | undefined

  /** A function that gives the token may fail; then it is nobody's. */
  function present(): string | undefined {
    try {
      return endpoint.headers().authorization
    } catch {
      return undefined
    }
  }

  const renewed = () => present() !== used

  return {
    use() {
      used = present()
    },
    get renewed() {
      return renewed()
    },
    onRenewed(fn) {
      let stop = () => {}
      const look = () => {
        stop = time.after(LOOK_MS, () => (renewed() ? fn() : look()))
      }
      look()
      return () => stop()
    },
  }
}

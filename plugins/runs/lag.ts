import type { Clock } from '../clock.ts'

/** A reader that has not taken this many bytes lags. */
const HIGH_WATER_BYTES = 65_536

export type Lag = {
  /** The reader lags until what this gives is called, and then does `done`. */
  until(done: () => void): () => void
  /** It has been lagging without a pause for too long. To be asked now and then. */
  readonly stuck: boolean
}

/** How long a reader has been behind. `buffered`: bytes handed over that the network has not taken yet. */
export function createLag(clock: Pick<Clock, 'now'>, timeout_ms: number, buffered: () => number): Lag {
  let since: number | null = null
  let waiting = false
  return {
    until(done) {
      waiting = true
      since = clock.now()
      return () => {
        waiting = false
        since = null
        done()
      }
    },
    get stuck() {
      if (waiting || buffered() > HIGH_WATER_BYTES) since ??= clock.now()
      else since = null
      return since !== null && clock.now() - since >= timeout_ms
    },
  }
}

import type { Clock } from '../clock.ts'
import type { Frame } from './frames.ts'

/** Above this many bytes that the reader has not taken, only the newest frame of each key is kept for it. */
export const HIGH_WATER_BYTES = 65_536

export type Outlet = {
  /** Sends the frame now, or once the reader has caught up - unless a newer one of its key comes first. */
  offer(frame: Frame): void
  /** To be called whenever the transport has got rid of something. */
  flush(): void
  /** The reader has more to take than it should. */
  readonly lagging: boolean
  /** It has been lagging without a pause for too long. */
  readonly stuck: boolean
}

type Options = {
  clock: Clock
  timeout_ms: number
  /** Bytes handed over that the network has not taken yet. */
  buffered(): number
  write(frame: Frame): void
  onStuck(): void
}

/** Stands between the hub and one reader: a snapshot supersedes the one before, so nothing ever queues up. */
export function createOutlet({ clock, timeout_ms, buffered, write, onStuck }: Options): Outlet {
  const pending = new Map<string, Frame>()
  let since: number | null = null

  function flush() {
    let wrote = false
    for (const [name, frame] of pending) {
      if (buffered() > HIGH_WATER_BYTES) break
      pending.delete(name)
      write(frame)
      wrote = true
    }
    if (buffered() <= HIGH_WATER_BYTES) since = null
    else if (wrote || since === null) since = clock.now()
  }

  const isStuck = () => since !== null && clock.now() - since >= timeout_ms

  return {
    offer(frame) {
      pending.set(frame.name, frame)
      flush()
      if (isStuck()) onStuck()
    },
    flush,
    get lagging() {
      return since !== null
    },
    get stuck() {
      return isStuck()
    },
  }
}

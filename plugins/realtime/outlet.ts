import type { Clock } from '../clock.ts'
import { createChanges } from './changes.ts'
import type { Frame, Message } from './frames.ts'

/** Above this many bytes that the reader has not taken, only the newest frame of each key is kept for it. */
export const HIGH_WATER_BYTES = 65_536

export type Outlet = {
  /** Sends the frame now, or once the reader has caught up - unless a newer one of its key comes first. */
  offer(frame: Frame): void
  /** The key's state is what it will be told the changes of, until forget(); only then can it get deltas. */
  follow(name: string): void
  forget(name: string): void
  /** To be called whenever the transport has got rid of everything. */
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
  /** Whether the reader gets changes rather than states, where it can. */
  delta: boolean
  /** Sends the form of the frame that is for this reader. */
  write(frame: Frame, message: Message): void
  onStuck(): void
}

/** Stands between the hub and one reader: a snapshot supersedes the one before, so nothing ever queues up. */
export function createOutlet({ clock, timeout_ms, buffered, delta, write, onStuck }: Options): Outlet {
  const pending = new Map<string, Frame>()
  const changes = delta ? createChanges() : null
  let since: number | null = null

  const give = (frame: Frame) => write(frame, changes ? changes.next(frame) : frame)

  function flush() {
    let wrote = false
    for (const [name, frame] of pending) {
      if (buffered() > HIGH_WATER_BYTES) break
      pending.delete(name)
      give(frame)
      wrote = true
    }
    if (buffered() <= HIGH_WATER_BYTES) since = null
    else if (wrote || since === null) since = clock.now()
  }

  const isStuck = () => since !== null && clock.now() - since >= timeout_ms

  return {
    offer(frame) {
      changes?.expect(frame)
      // Most readers keep up, and a broadcast is mostly this.
      if (since === null && pending.size === 0) {
        give(frame)
        if (buffered() > HIGH_WATER_BYTES) since = clock.now()
        return
      }
      pending.set(frame.name, frame)
      flush()
      if (isStuck()) onStuck()
    },
    follow: (name) => changes?.follow(name),
    forget: (name) => changes?.forget(name),
    flush,
    get lagging() {
      return since !== null
    },
    get stuck() {
      return isStuck()
    },
  }
}

import type { Cancel, Clock } from '../clock.ts'

/** Into how many parts a period is divided. */
const SLOTS = 50

export type Heartbeat = {
  /** Has `beat` called once in each period from now on, until the function returned is. Must not throw. */
  add(beat: () => void): Cancel
  stop(): void
}

/**
 * Calls everybody once in `period_ms`, but not all at the same time: thousands of pings in a row, and the answers to
 * them, would keep everything else waiting. In the order in which they come, each gets the next part of the period.
 */
export function createHeartbeat(clock: Clock, period_ms: number): Heartbeat {
  const slots = Array.from({ length: SLOTS }, () => new Set<{ beat(): void }>())
  let turn = 0
  let added = 0
  const stop = clock.every(period_ms / SLOTS, () => {
    for (const { beat } of slots[turn++ % SLOTS] ?? []) beat()
  })
  return {
    stop,
    add(beat) {
      const slot = slots[added++ % SLOTS]
      const member = { beat }
      slot?.add(member)
      return () => slot?.delete(member)
    },
  }
}

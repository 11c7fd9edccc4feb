import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../../demo/lib/random.ts'
import type { Deploy } from '../deployment.ts'
import type { Effect } from '../effects.ts'
import type { Begin } from '../round.ts'

export type Fault = {
  name: string
  /** What it breaks: faults of two different things can come together. */
  what: 'instance' | 'redis' | 'postgres' | 'client' | 'disk' | 'failover'
  /** What it happens to; two instances on one Redis unless it says otherwise. */
  on?: Deploy
  begin: Begin
  /** How long it needs at least to show its effect, in ms. */
  least_ms?: number
  /** Part of the short form. */
  short?: boolean
  /** Participants of each session; a few unless it says otherwise. */
  participants?: number
  /** What clients must have noticed of it, or it did nothing. */
  must?: Effect[]
  /** Why acknowledged changes may be gone after it, and how clients come to know; else nothing may be lost. */
  loses?: string
}

/** Does something again and again, after pauses of `least` to `most` ms, until the returned function is called. */
export function repeat(
  random: Random,
  [least, most]: [least: number, most: number],
  action: () => unknown,
): () => Promise<void> {
  const stopping = new AbortController()
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await action()
      await pause(random.between(least, most), undefined, stopping).catch(() => {})
    }
  }
  const running = loop()
  // What goes wrong is told at the end; until then nobody listens.
  running.catch(() => {})
  return () => {
    stopping.abort()
    return running
  }
}

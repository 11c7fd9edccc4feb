import { until } from '../../../helpers/until.ts'
import type { Watcher } from '../watchers.ts'
import { type Fault, repeat } from './fault.ts'

const STORM_WITHIN_MS = 60_000
const STALLED = 100

const told = (watchers: Watcher[]) =>
  until(
    () => watchers.filter(({ version }) => version === 0).length,
    (waiting) => waiting === 0,
    STORM_WITHIN_MS,
  )

/** All of them at once. They watch what seldom changes: connecting is what this is about, and one process takes all. */
const storm = (sockets: number): Fault['begin'] => {
  return async ({ crowd, random }) => {
    const watchers = crowd(sockets, false)
    await told(watchers)
    return repeat(random, [1000, 3000], () => {
      for (const watcher of watchers) watcher.cut()
    })
  }
}

export const clientFaults: Fault[] = [
  { name: 'reconnect storm of 500', what: 'client', short: true, begin: storm(500), must: ['reconnected'] },
  {
    name: 'reconnect storm of 5,000',
    what: 'client',
    begin: storm(5000),
    least_ms: 10_000,
    must: ['reconnected'],
  },
  {
    name: `${STALLED} stalled readers`,
    what: 'client',
    // The kernel takes some MB for each before it is noticed that nobody reads.
    least_ms: 12_000,
    participants: 500,
    must: ['reconnected'],
    async begin({ crowd }) {
      const watchers = crowd(STALLED, true)
      await told(watchers)
      for (const watcher of watchers) watcher.stall(true)
      return async () => {
        for (const watcher of watchers) watcher.stall(false)
      }
    },
  },
]

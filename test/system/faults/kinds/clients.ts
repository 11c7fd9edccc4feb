import { until } from '../../../helpers/until.ts'
import type { Instance } from '../deployment.ts'
import type { Watcher } from '../watchers.ts'
import { type Fault, repeat } from './fault.ts'

const STORM_WITHIN_MS = 60_000
const STALLED = 100
const NOTICED_WITHIN_MS = 30_000

const told = (watchers: Watcher[]) =>
  until(
    () => watchers.filter(({ version }) => version === 0).length,
    (waiting) => waiting === 0,
    STORM_WITHIN_MS,
  )

/** How many sockets the instances hold: who does not read neither takes what is sent nor answers pings, and is ended. */
async function sockets(instances: Instance[]): Promise<number> {
  const counts = instances.map(async ({ base }) => {
    const response = await fetch(`${base}/metrics`).catch(() => null)
    const text = (await response?.text().catch(() => '')) ?? ''
    return Number(/synckairos_sockets\{transport="ws"\} (\d+)/.exec(text)?.[1] ?? 0)
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

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
    async begin({ crowd, deployment: { instances } }) {
      const watchers = crowd(STALLED, true)
      await told(watchers)
      const before = await sockets(instances)
      for (const watcher of watchers) watcher.stall(true)
      return async () => {
        await until(
          () => sockets(instances),
          (count) => count < before,
          NOTICED_WITHIN_MS,
        )
        for (const watcher of watchers) watcher.stall(false)
      }
    },
  },
]

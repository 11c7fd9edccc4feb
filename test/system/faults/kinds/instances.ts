import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../helpers/until.ts'
import { type Fault, repeat } from './fault.ts'

const STOPPED_MS = 2000
const SKEW_MS = 5000
const SKEW = join(import.meta.dirname, 'skew.ts')
const BLOCK = join(import.meta.dirname, 'block.ts')
/** How far from the others an instance may be that follows the time of Redis, in ms. */
const AGREED_WITHIN_MS = 250

/** How far an instance is ahead of the clients' clock, in ms; null while it does not answer. */
async function offsetOf(base: string): Promise<number | null> {
  const response = await fetch(`${base}/v1/time`).catch(() => null)
  if (!response?.ok) return null
  const { timestamp_ms } = (await response.json()) as { timestamp_ms: number }
  return timestamp_ms - Date.now()
}

export const instanceFaults: Fault[] = [
  {
    name: 'kill -9 of instances',
    what: 'instance',
    short: true,
    must: ['retried', 'reconnected'],
    async begin({ deployment: { instances }, random }) {
      return repeat(random, [400, 1500], async () => {
        const killed = random.some(instances, random.chance(0.3) ? 2 : 1)
        await Promise.all(killed.map((instance) => instance.end('SIGKILL')))
        await Promise.all(killed.map((instance) => instance.start()))
      })
    },
  },
  {
    name: 'rolling SIGTERM restarts',
    what: 'instance',
    must: ['reconnected'],
    async begin({ deployment: { instances }, random }) {
      let turn = 0
      return repeat(random, [100, 600], async () => {
        const instance = instances[turn++ % instances.length]
        await instance?.end('SIGTERM')
        await instance?.start()
      })
    },
  },
  {
    name: 'stopped process',
    what: 'instance',
    short: true,
    must: ['unanswered'],
    least_ms: STOPPED_MS,
    async begin({ deployment: { instances }, random }) {
      return repeat(random, [200, 800], async () => {
        const instance = random.pick(instances)
        instance.signal('SIGSTOP')
        await pause(STOPPED_MS)
        instance.signal('SIGCONT')
      })
    },
  },
  {
    name: 'busy event loop',
    what: 'instance',
    least_ms: 3 * STOPPED_MS,
    must: ['unanswered'],
    async begin({ deployment: { instances }, random }) {
      const instance = random.pick(instances)
      await instance.end('SIGTERM')
      await instance.start(['--import', BLOCK, 'server.ts'], { BLOCK_MS: String(STOPPED_MS) })
      const stop = repeat(random, [STOPPED_MS, 2 * STOPPED_MS], () => instance.signal('SIGUSR2'))
      return async () => {
        await stop()
        await instance.end('SIGTERM')
        await instance.start()
      }
    },
  },
  {
    name: 'a clock that is 5 s off',
    what: 'instance',
    least_ms: 3000,
    must: ['reconnected'],
    async begin({ deployment: { instances }, random }) {
      const instance = random.pick(instances)
      const skew_ms = random.pick([-SKEW_MS, SKEW_MS])
      await instance.end('SIGTERM')
      // While it cannot ask Redis what time it is, it shows how wrong its own clock is.
      instance.link?.shut(true)
      const started = instance.start(['--import', SKEW, 'server.ts'], { SKEW_MS: String(skew_ms) })
      const off = await until(
        () => offsetOf(instance.base),
        (found) => found !== null,
      ).finally(() => instance.link?.shut(false))
      await started
      if (Math.abs((off ?? 0) - skew_ms) > 1000) throw new Error(`its clock is ${off} ms off, not ${skew_ms}`)
      const agreed = await offsetOf(instance.base)
      if (Math.abs(agreed ?? skew_ms) > AGREED_WITHIN_MS)
        throw new Error(`it is ${agreed} ms off with Redis there`)
      return async () => {
        await instance.end('SIGTERM')
        await instance.start()
      }
    },
  },
]

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, repeat } from './fault.ts'

const STOPPED_MS = 2000
const SKEW_MS = 5000
const SKEW = join(import.meta.dirname, 'skew.ts')

export const instanceFaults: Fault[] = [
  {
    name: 'kill -9 of instances',
    what: 'instance',
    short: true,
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
    name: 'blocked event loop',
    what: 'instance',
    short: true,
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
    name: 'a clock that is 5 s off',
    what: 'instance',
    least_ms: 3000,
    async begin({ deployment: { instances }, random }) {
      const instance = random.pick(instances)
      const skew_ms = random.pick([-SKEW_MS, SKEW_MS])
      await instance.end('SIGTERM')
      await instance.start(['--import', SKEW, 'server.ts'], { SKEW_MS: String(skew_ms) })
      return async () => {
        await instance.end('SIGTERM')
        await instance.start()
      }
    },
  },
]

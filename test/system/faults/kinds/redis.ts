import { setTimeout as pause } from 'node:timers/promises'
import { loadScript } from '../../../../plugins/store/redis-calls.ts'
import type { Link } from '../deployment.ts'
import type { World } from '../round.ts'
import { type Fault, repeat } from './fault.ts'

const PAUSED_MS = 800
/** How far apart the packets of a slow network come in, in ms. */
const DELAY_MS = [0, 40] as const

const linksOf = ({ deployment }: World): Link[] => deployment.instances.flatMap(({ link }) => link ?? [])

export const redisFaults: Fault[] = [
  {
    name: 'Redis restarts',
    what: 'redis',
    short: true,
    async begin({ deployment: { redis }, random }) {
      return repeat(random, [700, 2000], async () => {
        await redis?.kill(random.pick(['SIGKILL', 'SIGTERM']))
        await pause(random.between(0, 400))
        await redis?.restart()
      })
    },
  },
  {
    name: 'replies lost after execution',
    what: 'redis',
    short: true,
    async begin(world) {
      const commit = loadScript('commit').sha
      let lost = 0
      const stop = repeat(world.random, [100, 500], () => {
        world.random.pick(linksOf(world)).loseReplyTo(commit, async () => lost++)
      })
      return async () => {
        await stop()
        if (lost === 0) throw new Error('no reply was lost')
      }
    },
  },
  {
    name: 'CLIENT KILL and SCRIPT FLUSH',
    what: 'redis',
    short: true,
    async begin({ deployment, random }) {
      return repeat(random, [50, 500], async () => {
        if (random.chance(0.6))
          await deployment.ask('client', 'kill', 'type', random.pick(['normal', 'pubsub']))
        else await deployment.ask('script', 'flush')
      })
    },
  },
  {
    name: 'CLIENT PAUSE',
    what: 'redis',
    async begin({ deployment, random }) {
      return repeat(random, [PAUSED_MS, 2 * PAUSED_MS], () =>
        deployment.ask('client', 'pause', String(PAUSED_MS), random.pick(['ALL', 'WRITE'])),
      )
    },
  },
  {
    name: 'a slow network',
    what: 'redis',
    async begin(world) {
      const links = linksOf(world)
      for (const link of links) link.delay_ms = () => world.random.between(...DELAY_MS)
      return async () => {
        for (const link of links) link.delay_ms = () => 0
      }
    },
  },
  {
    name: 'half-open connections',
    what: 'redis',
    least_ms: 5000,
    async begin(world) {
      return repeat(world.random, [4000, 7000], () => world.random.pick(linksOf(world)).silence())
    },
  },
]

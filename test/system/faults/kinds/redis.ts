import { setTimeout as pause } from 'node:timers/promises'
import { loadScript } from '../../../../plugins/store/redis-calls.ts'
import type { Link } from '../deployment.ts'
import type { World } from '../round.ts'
import { type Fault, repeat } from './fault.ts'

/** From what nobody notices, over what callers repeat, to what nobody knows the outcome of: a command waits for 1000 ms. */
const PAUSED_MS = [300, 800, 1300, 2600]
/** Longer than a call waits for a connection. */
const AWAY_MS = 1500
/** How far apart the packets of a slow network come in, in ms. */
const DELAY_MS = [0, 40] as const

const linksOf = ({ deployment }: World): Link[] => deployment.instances.flatMap(({ link }) => link ?? [])

export const redisFaults: Fault[] = [
  {
    name: 'Redis restarts',
    what: 'redis',
    short: true,
    must: ['unanswered'],
    async begin({ deployment: { redis }, random }) {
      let restarts = 0
      return repeat(random, [700, 2000], async () => {
        await redis?.kill(random.pick(['SIGKILL', 'SIGTERM']))
        // Every other time so quickly that nobody may notice.
        await pause(restarts++ % 2 === 0 ? AWAY_MS : random.between(0, 400))
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
      let killed = 0
      const stop = repeat(random, [50, 500], async () => {
        if (random.chance(0.4)) return deployment.ask('script', 'flush')
        killed += Number(await deployment.ask('client', 'kill', 'type', random.pick(['normal', 'pubsub'])))
      })
      return async () => {
        await stop()
        if (killed === 0) throw new Error('nobody was killed')
      }
    },
  },
  {
    name: 'CLIENT PAUSE',
    what: 'redis',
    least_ms: 8000,
    must: ['unanswered'],
    async begin({ deployment, random }) {
      let turn = random.whole(0, PAUSED_MS.length - 1)
      return repeat(random, [500, 1500], async () => {
        const paused_ms = PAUSED_MS[turn++ % PAUSED_MS.length] as number
        await deployment.ask('client', 'pause', String(paused_ms), random.pick(['ALL', 'WRITE']))
        await pause(paused_ms)
      })
    },
  },
  {
    name: 'connections cut at any moment',
    what: 'redis',
    short: true,
    async begin(world) {
      const links = linksOf(world)
      const cuts = () => links.reduce((sum, link) => sum + link.cuts, 0)
      const before = cuts()
      const stop = repeat(world.random, [20, 300], () =>
        world.random.pick(links).cutNext(world.random.between(0, 1)),
      )
      return async () => {
        await stop()
        if (cuts() === before) throw new Error('nothing was cut')
      }
    },
  },
  {
    name: 'a slow network',
    what: 'redis',
    async begin(world) {
      const links = linksOf(world)
      const packets = () => links.reduce((sum, link) => sum + link.requests, 0)
      const before = packets()
      for (const link of links) link.delay_ms = () => world.random.between(...DELAY_MS)
      return async () => {
        if (packets() === before) throw new Error('nothing was delayed')
        for (const link of links) link.delay_ms = () => 0
      }
    },
  },
  {
    name: 'half-open connections',
    what: 'redis',
    must: ['unanswered'],
    least_ms: 5000,
    async begin(world) {
      return repeat(world.random, [4000, 7000], () => world.random.pick(linksOf(world)).silence())
    },
  },
]

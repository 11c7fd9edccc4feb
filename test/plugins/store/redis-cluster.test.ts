import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t from 'tap'
import { stateStoreSuite } from '../../conformance/state-store.ts'
import { ownRedis } from '../../helpers/backends.ts'
import { freePort } from '../../helpers/servers.ts'
import { openRedisStore } from './redis-stores.ts'

const SLOTS = 16384
const ports = await Promise.all([0, 1].map(() => createNode()))
const url = `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`

/** Two nodes with half of the slots each. */
if (!ports.includes(null)) await join(ports as number[])

async function createNode(): Promise<number | null> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`]
  return (await ownRedis(t, cluster))?.port ?? null
}

async function join(ports: number[]): Promise<void> {
  const nodes = ports.map((port) => new Redis(port))
  const [first, second] = nodes as [Redis, Redis]
  await first.call('cluster', 'addslotsrange', 0, SLOTS / 2 - 1)
  await second.call('cluster', 'addslotsrange', SLOTS / 2, SLOTS - 1)
  const bus = (await second.config('GET', 'cluster-port')) as string[]
  await first.call('cluster', 'meet', '127.0.0.1', ports[1] as number, bus[1] as string)
  for (const node of nodes) {
    while (!String(await node.call('cluster', 'info')).includes('cluster_state:ok')) await pause(20)
    while (!String(await node.call('cluster', 'nodes')).includes(`${SLOTS / 2}-${SLOTS - 1}`)) await pause(20)
    node.disconnect()
  }
}

stateStoreSuite(t, async (t, options) => {
  if (ports.includes(null)) return null
  const prefix = randomUUID()
  const open = async () => (await openRedisStore(t, { url, prefix, ...options })).store
  return { store: await open(), another: open, pass: (ms) => pause(ms) }
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { temporaryFolder } from '../../../../bench/lib/server.ts'
import { type OwnRedis, ownPostgres, ownRedis } from '../../../helpers/backends.ts'
import type { Owner } from '../../../helpers/not-run.ts'
import { findProgram, freePort, startSentinel, stop } from '../../../helpers/servers.ts'
import { until } from '../../../helpers/until.ts'
import { createInstance, type Deploy, type Deployment, DURABLE, settings } from '../deployment.ts'
import type { Fault } from './fault.ts'

const MASTER = 'main'
/** A Sentinel that did not get the processor for 2 s mistrusts its clock, and does nothing for 30 s. */
const FAILOVER_WITHIN_MS = 60_000
/** How far the replica is behind when its master dies, in ms, and in bytes: the changes of several sessions. */
const LAG_MS = [100, 500] as const
const LAG_BYTES = 50_000
const CAUGHT_UP = /state=online/
const NODES = 3
const SLOTS = 16_384

type Parts = { nodes: OwnRedis[]; sentinel: Redis | null; ask: Deployment['ask'] }

const parts = new WeakMap<Deployment, Parts>()

/** Two instances on what this URL names. */
async function deploy(owner: Owner, REDIS_URL: string, redis: Parts): Promise<Deployment | null> {
  const postgres = await ownPostgres(owner)
  if (!postgres) return null
  const instance = async () =>
    createInstance(
      owner,
      await freePort(),
      { ...settings(postgres), REDIS_URL, DATA_DIR: temporaryFolder() },
      null,
    )
  const instances = [await instance(), await instance()]
  await Promise.all(instances.map((each) => each.start()))
  const deployment = { instances, redis: null, postgres, ask: async () => null }
  parts.set(deployment, redis)
  return deployment
}

function client(owner: Owner, port: number): Redis {
  const redis = new Redis(port, { maxRetriesPerRequest: null })
  redis.on('error', () => {})
  owner.teardown(() => redis.disconnect())
  return redis
}

/** A Redis, a replica of it, and a Sentinel that needs nobody's vote. */
const deployReplicated: Deploy = async (owner) => {
  const program = findProgram('redis-server')
  const master = await ownRedis(owner, DURABLE)
  if (!program || !master) return null
  const replica = await ownRedis(owner, [...DURABLE, '--replicaof', '127.0.0.1', `${master.port}`])
  if (!replica) return null
  const known = client(owner, master.port)
  await until(
    () => known.info('replication'),
    (info) => CAUGHT_UP.test(info),
  )
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-sentinel-'))
  const port = await freePort()
  const child = await startSentinel(program, port, folder, MASTER, master.port)
  owner.teardown(async () => {
    await stop(child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const sentinel = client(owner, port)
  await until(
    () => sentinel.call('sentinel', 'replicas', MASTER),
    (found) => (found as unknown[]).length === 1,
  )
  return deploy(owner, `redis+sentinel://127.0.0.1:${port}/${MASTER}`, {
    nodes: [master, replica],
    sentinel,
    ask: (name, ...args) => known.call(name, ...args),
  })
}

/** Three nodes with a third of the slots each, and no replicas. */
const deployCluster: Deploy = async (owner) => {
  const nodes: OwnRedis[] = []
  for (let i = 0; i < NODES; i++) {
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
    const node = await ownRedis(owner, [...DURABLE, ...cluster, '--cluster-port', `${await freePort()}`])
    if (!node) return null
    nodes.push(node)
  }
  const clients = nodes.map(({ port }) => client(owner, port))
  const first = clients[0] as Redis
  for (const [i, node] of clients.entries()) {
    const [from, to] = [Math.ceil((SLOTS * i) / NODES), Math.ceil((SLOTS * (i + 1)) / NODES) - 1]
    await node.call('cluster', 'addslotsrange', from, to)
    const bus = (await node.config('GET', 'cluster-port')) as string[]
    if (i > 0) await first.call('cluster', 'meet', '127.0.0.1', `${nodes[i]?.port}`, `${bus[1]}`)
  }
  for (const node of clients) {
    await until(
      () => node.call('cluster', 'info'),
      (info) => /cluster_state:ok/.test(String(info)),
    )
  }
  const url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  return deploy(owner, url, { nodes, sentinel: null, ask: async () => null })
}

export const failoverFaults: Fault[] = [
  {
    name: 'failover by Sentinel',
    what: 'failover',
    on: deployReplicated,
    least_ms: 8000,
    must: ['unanswered', 'resynced'],
    loses:
      'what the replica had not got when its master died (replication is asynchronous); sessions go on above it by themselves (session.resynced), and whoever is connected gets that',
    async begin({ deployment, random, mayLose }) {
      const { nodes, sentinel, ask } = parts.get(deployment) as Parts
      const [master, replica] = nodes as [OwnRedis, OwnRedis]
      // The replica lags, and the master takes changes that it will never hear of.
      mayLose()
      replica.process.kill('SIGSTOP')
      await ask('client', 'kill', 'type', 'replica')
      const offset = async () =>
        Number(/master_repl_offset:(\d+)/.exec(String(await ask('info', 'replication')))?.[1])
      const before = await offset()
      await pause(random.between(...LAG_MS))
      await until(offset, (now) => now > before + LAG_BYTES)
      await master.kill('SIGKILL')
      replica.process.kill('SIGCONT')
      return async () => {
        await until(
          () => sentinel?.call('sentinel', 'get-master-addr-by-name', MASTER) as Promise<string[]>,
          ([, port]) => port === String(replica.port),
          FAILOVER_WITHIN_MS,
        )
        await master.restart()
      }
    },
  },
  // Without replicas nobody takes over: the node is away until it is back with all that it acknowledged.
  {
    name: 'a node of a Cluster dies',
    what: 'failover',
    on: deployCluster,
    least_ms: 8000,
    must: ['unanswered'],
    async begin({ deployment, random }) {
      const node = random.pick((parts.get(deployment) as Parts).nodes)
      await node.kill('SIGKILL')
      return () => node.restart()
    },
  },
]

import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisNode, RedisTarget } from './redis-url.ts'

/** Connections whose life we own, one per way of using them. */
export type RedisClients = {
  /** For everything that is answered at once: fails within a second instead of waiting for a server that is away. */
  commands: Redis | Cluster
  /** For SUBSCRIBE. It does not subscribe again by itself after a loss: whoever subscribed does, and knows what it missed. */
  subscriber: Redis
  /** For calls that wait at the server, connected at first use; null on a Cluster, where no call can wait for all nodes. */
  readonly blocking: Redis | null
  /** False until the clock has the time of this Redis: what is dated before that is dated wrongly. */
  readonly agreed?: boolean
  /** What all keys and channels of this deployment begin with. */
  prefix: string
}

/** How long a command may take, in ms; afterwards nobody knows whether it was executed. */
const COMMAND_TIMEOUT_MS = 1000

/** Named here because ioredis derives its types from it. */
type Options = RedisOptions & { replyMapping: 'legacy' }

/** How long nothing may come in while something is awaited, in ms: longer than any call waits at the server. */
const SILENCE_MS = 4000

const retryStrategy = (times: number): number => Math.min(20 * 2 ** Math.min(times, 5), 500)

const COMMON: Options = {
  replyMapping: 'legacy',
  // With the defaults a script whose reply was lost runs twice, and nothing fails for 15 s while Redis is away.
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  connectTimeout: 2000,
  retryStrategy,
  // A failover turned the server into a replica: the next connection finds the new master.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
}

/** The clients for a URL; they connect at once, and again for as long as they live. */
export function createRedisClients(target: RedisTarget, prefix: string): RedisClients {
  const { nodes } = target
  const options = { ...COMMON, ...target.options }
  // A connection that is cut without a word (a firewall, a lost machine) is found by the silence.
  const audible = { ...options, socketTimeout: SILENCE_MS }
  const prompt = { ...audible, commandTimeout: COMMAND_TIMEOUT_MS }
  const single = (more: Options): Redis => {
    if (target.kind !== 'sentinel') return new Redis({ ...nodes[0], ...more })
    return new Redis({
      ...more,
      sentinels: nodes,
      name: target.master as string,
      sentinelPassword: target.sentinel_password,
      sentinelRetryStrategy: retryStrategy,
      ...(target.options.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    })
  }
  if (target.kind === 'cluster') {
    const { db: _, ...perNode } = prompt
    return {
      commands: new Cluster(nodes, clusterOptions(perNode)),
      subscriber: createRoamingClient(nodes, prompt),
      blocking: null,
      prefix,
    }
  }
  let blocking: Redis | undefined
  return {
    commands: single(prompt),
    subscriber: single(prompt),
    get blocking() {
      // ioredis takes a call that is not answered in time for one that found nothing, on and on.
      blocking ??= single({ ...audible, blockingTimeout: 1000, blockingTimeoutGrace: 1000 })
      return blocking
    },
    prefix,
  }
}

const clusterOptions = (redisOptions: Omit<Options, 'db'>) => ({
  redisOptions,
  enableOfflineQueue: false,
  slotsRefreshTimeout: 1000,
  maxRedirections: 8,
  retryDelayOnFailover: 100,
  clusterRetryStrategy: retryStrategy,
})

/** Every node of a Cluster passes on what is published at any of them: one connection, to another node at each attempt. */
function createRoamingClient(nodes: RedisNode[], options: Options): Redis {
  let turn = 0
  const client: Redis = new Redis({
    ...options,
    ...nodes[0],
    retryStrategy: (times: number) => {
      turn++
      Object.assign(client.options, nodes[turn % nodes.length])
      return retryStrategy(times)
    },
  })
  return client
}

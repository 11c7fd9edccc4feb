import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Cluster, Redis } from 'ioredis'
import type { Clock } from './clock.ts'
import type { RedisClients } from './redis-clients.ts'
import { parseRedisUrl, REDIS_URL_PATTERN } from './redis-url.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null without REDIS_URL. */
    redis: RedisClients | null
  }
}

type FastifyRedis = FastifyPluginAsync<{ client: Redis | Cluster; namespace: string; closeClient: false }>

export const RedisConfigSchema = Type.Object({
  REDIS_URL: Type.Optional(
    Type.String({
      pattern: REDIS_URL_PATTERN,
      description:
        'Redis 7 or later that several instances share: one server, Sentinel (redis+sentinel://h1:26379,h2:26379/master) or Cluster (redis+cluster://h1:7000,h2:7000); rediss is TLS. Without it the state lives in DATA_DIR',
      examples: ['redis://:password@127.0.0.1:6379/0'],
    }),
  ),
  REDIS_PREFIX: Type.String({
    default: 'synckairos',
    pattern: '^[A-Za-z0-9._:-]{1,64}$',
    description: 'What all Redis keys and channels begin with; the same for all instances of one deployment',
    examples: ['synckairos'],
  }),
})

/** How long the start waits for Redis, in ms; without it the server starts all the same, and is not ready. */
const START_TIMEOUT_MS = 1000
const TIME_INTERVAL_MS = 10_000
const TIME_SAMPLES = 5
const TIME_SCRIPT = "return redis.call('TIME')"
const HEARTBEAT_INTERVAL_MS = 2000

const plugin: FastifyPluginAsync<Static<typeof RedisConfigSchema>> = async (
  app,
  { REDIS_URL, REDIS_PREFIX },
) => {
  if (!REDIS_URL) {
    app.decorate('redis', null)
    return
  }
  // Loaded only here: ioredis takes 10 MB, which a server on the embedded store does not need.
  const { createRedisClients } = await import('./redis-clients.ts')
  const clients = createRedisClients(parseRedisUrl(REDIS_URL), REDIS_PREFIX)
  const { commands, subscriber } = clients
  const lent: (Redis | Cluster)[] = [commands, subscriber]
  let blocking: Redis | null = null
  report(app, commands, 'commands')
  report(app, subscriber, 'subscriber')

  let agreed = false
  const shared = {
    subscriber,
    prefix: REDIS_PREFIX,
    get agreed() {
      return agreed
    },
    get blocking() {
      if (!blocking && clients.blocking) {
        blocking = clients.blocking
        lent.push(blocking)
        report(app, blocking, 'blocking')
      }
      return blocking
    },
  } as RedisClients
  app.decorate('redis', shared)

  const synchronise = async (): Promise<void> => {
    try {
      await followRedis(app.clock, commands, REDIS_PREFIX)
      agreed = true
    } catch (error) {
      app.log.debug(error)
    }
  }
  const stops = [
    app.clock.every(TIME_INTERVAL_MS, synchronise),
    // What is never written to never notices that it is dead.
    app.clock.every(HEARTBEAT_INTERVAL_MS, () => {
      if (!agreed && commands.status === 'ready') void synchronise()
      for (const client of [commands, subscriber])
        if (client.status === 'ready') client.ping().catch(() => {})
    }),
  ]
  app.addHook('onClose', async () => {
    for (const stop of stops) stop()
    await Promise.all(lent.map(disconnect))
  })

  await Promise.all([commands, subscriber].map(settled))
  await synchronise()
  commands.on('ready', () => {
    synchronise()
    inspect(app, commands)
  })
  if (commands.status === 'ready') {
    inspect(app, commands)
    // Its types give app.redis its own shape, so it comes without them.
    const fastifyRedis: FastifyRedis = createRequire(import.meta.url)('@fastify/redis')
    await app.register(fastifyRedis, { client: commands, namespace: 'commands', closeClient: false })
  } else {
    // @fastify/redis waits for a client that is away until Fastify gives up the start; this is all that it would do.
    shared.commands = commands
  }
}

/** Resolves when the client is connected, has failed for the first time, or takes too long. */
async function settled(client: Redis | Cluster): Promise<void> {
  if (client.status === 'ready') return
  // 'error' makes once() reject, and so does the timeout.
  await once(client, 'ready', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }).catch(() => {})
}

async function disconnect(client: Redis | Cluster): Promise<void> {
  // One that is not connected may never say that it has ended.
  const ended = client.status === 'ready' ? once(client, 'end') : null
  client.disconnect()
  await ended
}

/** One line when a connection is lost and one when it is back, without the URL, which may hold a password. */
function report(app: FastifyInstance, client: Redis | Cluster, name: string): void {
  let lost = false
  client.on('error', (error: Error & { code?: string }) => {
    if (!lost)
      app.log.warn({ connection: name, reason: error.code ?? error.message }, 'Redis cannot be reached')
    lost = true
  })
  client.on('close', () => {
    if (!lost) app.log.warn({ connection: name }, 'the connection to Redis was lost')
    lost = true
  })
  client.on('ready', () => {
    if (lost) app.log.info({ connection: name }, 'Redis is back')
    lost = false
  })
}

/** Says what would lose data or not work at all with this server. */
async function inspect(app: FastifyInstance, commands: Redis | Cluster): Promise<void> {
  const info = await commands.info().catch(() => '')
  const value = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim()
  const version = value('redis_version')
  if (version && Number.parseInt(version, 10) < 7) app.log.error({ version }, 'Redis 7 or later is needed')
  const policy = value('maxmemory_policy')
  if (policy && policy !== 'noeviction' && value('maxmemory') !== '0') {
    app.log.warn(
      { policy },
      'Redis may drop live state when its memory is full: set maxmemory-policy noeviction',
    )
  }
  if (value('aof_enabled') === '0') {
    app.log.warn(
      'Redis does not log its writes: a restart may lose what was acknowledged. Set appendonly yes',
    )
  }
}

/**
 * Sets the clock to the time of Redis, taken from the quickest of a few samples: half a round trip is the error. The
 * script has a key because on a Cluster all instances must ask the same node.
 */
export async function followRedis(clock: Clock, commands: Redis | Cluster, prefix: string): Promise<void> {
  let best = { round_trip_ms: Number.POSITIVE_INFINITY, offset_ms: 0 }
  for (let sample = 0; sample < TIME_SAMPLES; sample++) {
    const sent_at = clock.local()
    const [seconds, microseconds] = (
      (await commands.eval(TIME_SCRIPT, 1, `${prefix}:{p0}:time`)) as string[]
    ).map(Number) as [number, number]
    const round_trip_ms = clock.local() - sent_at
    const offset_ms = seconds * 1000 + microseconds / 1000 - (sent_at + round_trip_ms / 2)
    if (round_trip_ms < best.round_trip_ms) best = { round_trip_ms, offset_ms }
  }
  clock.follow(best.offset_ms)
}

export default fp(plugin, { name: 'redis', dependencies: ['clock'] })

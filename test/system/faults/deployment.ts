import { Redis } from 'ioredis'
import { type ServerProcess, startServer, temporaryFolder } from '../../../bench/lib/server.ts'
import { type OwnPostgres, type OwnRedis, ownPostgres, ownRedis } from '../../helpers/backends.ts'
import type { Owner } from '../../helpers/not-run.ts'
import { freePort } from '../../helpers/servers.ts'
import { createTcpProxy, type TcpProxy } from '../../helpers/tcp-proxy.ts'

/** One server of a deployment. It keeps its address when it is started again. */
export type Instance = {
  readonly base: string
  /** What stands between it and Redis; null where nothing does. */
  readonly link: Link | null
  /** `args` and `env` for this time. */
  start(args?: string[], env?: Record<string, string>): Promise<void>
  /** Resolves once the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>
  signal(signal: NodeJS.Signals): void
  readonly pid: number
}

export type Link = TcpProxy & {
  /** How long each packet takes, in ms, both ways; 0 in the beginning. */
  delay_ms: () => number
}

/** What faults are done to. */
export type Deployment = {
  instances: Instance[]
  /** Null on the embedded store, on a Cluster and behind Sentinels. */
  redis: OwnRedis | null
  postgres: OwnPostgres
  /** Says something to Redis past all links. */
  ask(name: string, ...args: string[]): Promise<unknown>
}

/** Null where a server that it needs is not installed. */
export type Deploy = (owner: Owner) => Promise<Deployment | null>

export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']

export function createInstance(
  owner: Owner,
  port: number,
  env: Record<string, string>,
  link: Link | null,
): Instance {
  let server: ServerProcess | null = null
  owner.teardown(() => server?.kill('SIGKILL'))
  return {
    base: `http://127.0.0.1:${port}`,
    link,
    async start(args, more = {}) {
      server = await startServer({ ...env, PORT: String(port), ...more }, args)
    },
    async end(signal) {
      await server?.kill(signal)
    },
    signal: (signal) => void server?.child.kill(signal),
    get pid() {
      return server?.child.pid as number
    },
  }
}

/** The settings of every instance but for its store. */
export const settings = (postgres: OwnPostgres): Record<string, string> => ({
  DATABASE_URL: postgres.url,
  PERSISTENCE: 'on',
  LOG_LEVEL: process.env.FAULTS_LOG_LEVEL ?? 'fatal',
  SSE_MAX_STREAMS_PER_IP: '0',
  SLOW_READER_TIMEOUT_MS: '2000',
})

/** Two instances on one Redis that keeps every acknowledged write, each behind a link of its own; and a PostgreSQL. */
export const deploySingle: Deploy = async (owner) => {
  const redis = await ownRedis(owner, DURABLE)
  const postgres = redis && (await ownPostgres(owner))
  if (!postgres) return null
  const instances = [await linked(owner, redis, postgres), await linked(owner, redis, postgres)]
  await Promise.all(instances.map((instance) => instance.start()))
  return { instances, redis, postgres, ask: asker(owner, redis.port) }
}

async function linked(owner: Owner, redis: OwnRedis, postgres: OwnPostgres): Promise<Instance> {
  let delay_ms = () => 0
  const delay = { up: () => delay_ms(), down: () => delay_ms() }
  const proxy = await createTcpProxy(owner, redis.port, { delay })
  const link: Link = {
    ...proxy,
    get requests() {
      return proxy.requests
    },
    get cuts() {
      return proxy.cuts
    },
    get delay_ms() {
      return delay_ms
    },
    set delay_ms(given) {
      delay_ms = given
    },
  }
  const store = { REDIS_URL: `redis://127.0.0.1:${proxy.port}`, DATA_DIR: temporaryFolder() }
  return createInstance(owner, await freePort(), { ...settings(postgres), ...store }, link)
}

/** Commands for the Redis at this port, which may be away in between. */
export function asker(owner: Owner, port: number): Deployment['ask'] {
  const client = new Redis(port, { lazyConnect: true, maxRetriesPerRequest: null })
  client.on('error', () => {})
  owner.teardown(() => client.disconnect())
  return (name, ...args) => client.call(name, ...args)
}

export type RedisNode = { host: string; port: number }

export type RedisTarget = {
  kind: 'single' | 'sentinel' | 'cluster'
  nodes: RedisNode[]
  /** The name of the Sentinel's master. */
  master: string | undefined
  options: { db: number; username?: string; password?: string; tls?: object }
  sentinel_password: string | undefined
}

/** What parseRedisUrl() reads, roughly: for the check of all settings at once. */
export const REDIS_URL_PATTERN = '^rediss?(\\+(sentinel|cluster))?://[^/\\s]+(/\\S*)?$'

/**
 * Reads `redis://[user:pass@]host[:port][/db]`, `redis+sentinel://[user:pass@]h1:26379,h2:26379/master[/db]` (with
 * `?sentinel_password=`) and `redis+cluster://[user:pass@]h1:7000,h2:7001`; `rediss` instead of `redis` is TLS.
 *
 * @throws Error that does not repeat the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?]+)([^?]*)(?:\?(.*))?$/.exec(url)
  if (!match) throw new Error('REDIS_URL is not of the form redis://host:port/db')
  const [, scheme, kind = 'single', credentials = '', hosts = '', path = '', query = ''] = match
  const [username = '', password = ''] = credentials.split(/:(.*)/s).map(decode)
  const parts = path.split('/').filter((part) => part !== '')
  const master = kind === 'sentinel' ? parts.shift() : undefined
  if (kind === 'sentinel' && !master)
    throw new Error('REDIS_URL names no Sentinel master (the path after the hosts)')
  const db = Number(parts[0] ?? 0)
  if (!Number.isInteger(db) || db < 0) throw new Error('REDIS_URL ends with a database that is not a number')
  if (kind === 'cluster' && db !== 0) throw new Error('REDIS_URL: a Redis Cluster has no database but 0')
  const port = kind === 'sentinel' ? 26379 : 6379
  return {
    kind: kind as RedisTarget['kind'],
    nodes: hosts.split(',').map((host) => parseNode(host, port)),
    master,
    options: {
      db,
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
      ...(scheme === 'rediss' ? { tls: {} } : {}),
    },
    sentinel_password: new URLSearchParams(query).get('sentinel_password') ?? undefined,
  }
}

function parseNode(text: string, default_port: number): RedisNode {
  const [, ipv6, host, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  if (!ipv6 && !host) throw new Error('REDIS_URL has a host that is not of the form host:port')
  return { host: ipv6 ?? (host as string), port: port ? Number(port) : default_port }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('REDIS_URL has a user or password that is not percent-encoded')
  }
}

import type { Test } from 'tap'
import { type Clock, createSystemClock } from '../../../plugins/clock.ts'
import { createRedisClients, type RedisClients } from '../../../plugins/redis-clients.ts'
import { parseRedisUrl } from '../../../plugins/redis-url.ts'
import { createRedisStore } from '../../../plugins/store/redis.ts'
import type { StateStore } from '../../../plugins/store/state-store.ts'
import type { BackendOptions } from '../../conformance/state-store/given.ts'

type Options = BackendOptions & { url: string; prefix?: string; clock?: Clock }

/** A store with clients of its own, as one more instance would have them. */
export async function openRedisStore(
  t: Test,
  { url, prefix = 'test', clock = createSystemClock(), ...options }: Options,
): Promise<{ store: StateStore; clients: RedisClients }> {
  const clients = createRedisClients(parseRedisUrl(url), prefix)
  for (const client of [clients.commands, clients.subscriber]) client.on('error', () => {})
  const log = { warn: () => {}, error: () => {} }
  const store = createRedisStore({ clients, clock, log, ...options })
  t.teardown(async () => {
    await store.close()
    for (const client of [clients.commands, clients.subscriber, clients.blocking]) client?.disconnect()
  })
  return { store, clients }
}

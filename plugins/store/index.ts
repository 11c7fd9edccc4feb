import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { measureStore } from './measure.ts'
import type { StateStore } from './state-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    store: StateStore
  }
}

export const StoreConfigSchema = Type.Object({
  DATA_DIR: Type.String({
    default: './data',
    minLength: 1,
    description: 'Folder of the embedded store, used when there is no REDIS_URL; for one server at a time',
    examples: ['/var/lib/synckairos'],
  }),
})

/** `outbox`: whether events are kept until somebody has processed them; without a reader they would pile up. */
export type StoreOptions = Static<typeof StoreConfigSchema> & { outbox?: boolean; redeliver_ms?: number }

const plugin: FastifyPluginAsync<StoreOptions> = async (app, { DATA_DIR, ...options }) => {
  const shared = { clock: app.clock, log: app.log, ...options }
  const open = async (): Promise<StateStore> => {
    // Each brings its own libraries; only one of them is needed.
    if (app.redis) return (await import('./redis.ts')).createRedisStore({ ...shared, clients: app.redis })
    const { createEmbeddedStore } = await import('./embedded.ts')
    return createEmbeddedStore({ ...shared, folder: join(DATA_DIR, 'state') })
  }
  const store = await open()
  app.decorate('store', measureStore(store, app.clock, app.metrics.client))
  app.health.addCheck('store', () => store.check())
  app.addHook('onClose', () => store.close())
}

export default fp(plugin, { name: 'store', dependencies: ['clock', 'redis', 'health', 'metrics'] })

import { type Static, type TObject, Type } from '@sinclair/typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import { defaultsOf } from './config.ts'
import asyncapi from './plugins/asyncapi/index.ts'
import auth, { AuthConfigSchema } from './plugins/auth.ts'
import clock, { type Clock } from './plugins/clock.ts'
import compress from './plugins/compress.ts'
import dashboard, { DashboardConfigSchema } from './plugins/dashboard/index.ts'
import deadlines from './plugins/deadlines.ts'
import errors from './plugins/errors.ts'
import health from './plugins/health.ts'
import history from './plugins/history/index.ts'
import type { LogStream } from './plugins/http/log.ts'
import { HttpConfigSchema, serverOptions } from './plugins/http/options.ts'
import jobs, { JobsConfigSchema } from './plugins/jobs/index.ts'
import metrics from './plugins/metrics.ts'
import openapi from './plugins/openapi.ts'
import outbox, { OutboxConfigSchema } from './plugins/outbox/index.ts'
import persistence, { PersistenceConfigSchema } from './plugins/persistence/index.ts'
import presence from './plugins/presence/index.ts'
import rateLimit, { RateLimitConfigSchema } from './plugins/rate-limit/index.ts'
import realtime, { RealtimeConfigSchema } from './plugins/realtime/index.ts'
import redis, { RedisConfigSchema } from './plugins/redis.ts'
import runs, { RunsConfigSchema } from './plugins/runs/index.ts'
import security, { SecurityConfigSchema } from './plugins/security.ts'
import sessions from './plugins/sessions/index.ts'
import store, { StoreConfigSchema } from './plugins/store/index.ts'
import time from './routes/time.ts'

/** All settings; the names are those of the environment. */
export const ConfigSchema = Type.Object({
  ...HttpConfigSchema.properties,
  ...AuthConfigSchema.properties,
  ...SecurityConfigSchema.properties,
  ...RedisConfigSchema.properties,
  ...RateLimitConfigSchema.properties,
  ...StoreConfigSchema.properties,
  ...JobsConfigSchema.properties,
  ...OutboxConfigSchema.properties,
  ...PersistenceConfigSchema.properties,
  ...RealtimeConfigSchema.properties,
  ...RunsConfigSchema.properties,
  ...DashboardConfigSchema.properties,
})

export type Config = Static<typeof ConfigSchema>

/** What tests put in the place of the real thing. */
export type Dependencies = { clock?: Clock; logStream?: LogStream }

/**
 * The server, ready to listen or to be injected into: the list of its capabilities in the order of what they need.
 * Settings that are not given have their defaults.
 */
export async function buildApp(
  settings: Partial<Config> = {},
  dependencies: Dependencies = {},
): Promise<FastifyInstance> {
  const config: Config = { ...defaultsOf(ConfigSchema), ...settings }
  const app: FastifyInstance = Fastify(serverOptions(config, dependencies.logStream))

  await app.register(clock, dependencies.clock ? { clock: dependencies.clock } : {})
  await app.register(errors)
  // Before the routes, which it collects for the document.
  await app.register(openapi)
  await app.register(metrics)
  await app.register(security, slice(SecurityConfigSchema, config))
  await app.register(compress)
  await app.register(health)
  await app.register(time)
  await app.register(auth, slice(AuthConfigSchema, config))
  await app.register(redis, slice(RedisConfigSchema, config))
  await app.register(rateLimit, slice(RateLimitConfigSchema, config))
  await app.register(store, { ...slice(StoreConfigSchema, config), outbox: config.PERSISTENCE === 'on' })
  await app.register(jobs, { ...slice(JobsConfigSchema, config), DATA_DIR: config.DATA_DIR })
  await app.register(outbox, slice(OutboxConfigSchema, config))
  await app.register(persistence, slice(PersistenceConfigSchema, config))
  await app.register(history)
  await app.register(deadlines)
  await app.register(sessions)
  await app.register(realtime, slice(RealtimeConfigSchema, config))
  await app.register(runs, slice(RunsConfigSchema, config))
  await app.register(dashboard, slice(DashboardConfigSchema, config))
  await app.register(presence)
  await app.register(asyncapi)
  return app
}

/** The part of the settings that a capability has declared. */
function slice<T extends TObject>(schema: T, config: Config): Static<T> {
  const names = Object.keys(schema.properties).filter((name) => name in config)
  return Object.fromEntries(names.map((name) => [name, config[name as keyof Config]])) as Static<T>
}

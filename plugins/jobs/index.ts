import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { PgBoss } from 'pg-boss'
import type { JobsConfig } from './config.ts'
import { type Database, databaseUnavailable, persistenceOff } from './database.ts'
import { openDatabase } from './open.ts'
import { type Step, startBoss, stopBoss } from './start.ts'

export { JobsConfigSchema } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    jobs: Jobs
  }
}

export type Jobs = {
  /** False: this server was told to do without a database, and everything that needs one is to be left out. */
  readonly enabled: boolean
  readonly schema: string
  /** @throws DomainError PERSISTENCE_OFF */
  database(): Database
  /** pg-boss, once it has started. @throws DomainError PERSISTENCE_OFF, DATABASE_UNAVAILABLE */
  boss(): PgBoss
  /** Resolves once pg-boss has started, which is not before the database is there. @throws DomainError PERSISTENCE_OFF */
  ready(): Promise<void>
  /** Adds something to do before pg-boss starts; only while plugins are being registered, and safe to repeat. */
  prepare(step: Step<Database>): void
  /** Adds something to do once pg-boss has started, under the same rules. */
  onStart(step: Step<PgBoss>): void
}

/** How long a shutdown waits for a database that no longer answers, in ms. */
const STOP_WITHIN_MS = 3000

/** DATA_DIR belongs to the store; the embedded database has a folder of its own in it. */
const plugin: FastifyPluginAsync<JobsConfig & { DATA_DIR: string }> = async (app, options) => {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = options
  const before: Step<Database>[] = []
  const after: Step<PgBoss>[] = []
  const enabled = options.PERSISTENCE === 'on'
  const ready = Promise.withResolvers<void>()
  let boss: PgBoss | null = null

  const database = enabled
    ? openDatabase(options, (error) => app.log.warn({ err: error }, 'a connection to the database was lost'))
    : null

  app.decorate('jobs', {
    enabled,
    schema,
    database() {
      if (!database) throw persistenceOff()
      return database
    },
    boss() {
      if (!database) throw persistenceOff()
      if (!boss) throw databaseUnavailable(new Error('pg-boss has not started yet'))
      return boss
    },
    async ready() {
      if (!database) throw persistenceOff()
      await ready.promise
    },
    prepare: (step) => before.push(step),
    onStart: (step) => after.push(step),
  })
  if (!database) return

  if (app.redis && !url) {
    app.log.warn(
      'instances that share a Redis must share a PostgreSQL too: with more than one, set DATABASE_URL',
    )
  }
  app.health.addCheck('database', async () => database.check(), { degrades: true })

  const starting = new AbortController()
  let started: Promise<void> = Promise.resolve()
  // Not awaited: an embedded database takes seconds to come up, and the outbox holds the events until then.
  app.addHook('onReady', async () => {
    started = startBoss({ database, schema, before, after, log: app.log }, starting.signal).then((result) => {
      boss = result
      if (boss) ready.resolve()
    })
  })
  app.addHook('onClose', async () => {
    starting.abort()
    const stop = async () => {
      if (boss) await stopBoss(boss)
      // A start that is under way ends when its database is closed.
      await Promise.all([database.close(), started])
    }
    await Promise.race([stop(), sleep(STOP_WITHIN_MS, undefined, { ref: false })])
  })
}

export default fp(plugin, { name: 'jobs', dependencies: ['health', 'redis'] })

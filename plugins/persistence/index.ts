import { EventEmitter } from 'node:events'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Event } from '../../schemas/event.ts'
import { databaseUnavailable } from '../jobs/database.ts'
import { toJobs } from './batch.ts'
import type { PersistenceConfig } from './config.ts'
import { migrate } from './migrate.ts'
import { type EventQueue, openEventQueue, putAside } from './queue.ts'
import { scheduleRetention } from './retention.ts'
import { createWriter, type Projector } from './writer.ts'

export { PersistenceConfigSchema } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    persistence: Persistence
  }
}

export type Persistence = {
  /** Has a projector called for the events of a topic; only while plugins are being registered. */
  project(topic: string, projector: Projector): void
  /** Calls `fn` each time this instance has written events of a key: others may have, unheard. */
  onWritten(topic: string, key: string, fn: () => void): () => void
  /** Resolves when no batch is waiting in the queue or being written. @throws DomainError PERSISTENCE_OFF */
  settled(): Promise<void>
}

/** More would only wait for each other: the embedded database has one session. */
const WORKERS = { postgres: 2, pglite: 1 }

/** Everything that was committed ends up in the table `events`, once. */
const plugin: FastifyPluginAsync<PersistenceConfig> = async (app, options) => {
  const { jobs, clock } = app
  const projectors = new Map<string, Projector>()
  const written = new EventEmitter().setMaxListeners(0)
  let queue: EventQueue | null = null
  const channel = (topic: string, key: string) => `${topic} ${key}`
  app.decorate('persistence', {
    project: (topic, projector) => projectors.set(topic, projector),
    onWritten(topic, key, fn) {
      written.on(channel(topic, key), fn)
      return () => written.off(channel(topic, key), fn)
    },
    async settled() {
      await jobs.ready()
      await queue?.settled()
    },
  })
  if (!jobs.enabled) return

  const { client } = app.metrics
  const registers = [client.register]
  const lag = new client.Histogram({
    name: 'synckairos_persistence_lag_ms',
    help: 'From the instant of an event to its row in the database, in ms',
    buckets: [10, 25, 50, 100, 250, 500, 1000, 2500, 10_000, 60_000],
    registers,
  })
  const refused = new client.Counter({
    name: 'synckairos_persistence_refused_total',
    help: 'Events that PostgreSQL refused; they are in the dead-letter queue',
    registers,
  })

  const schema = jobs.schema
  const tell = (events: Event[]): void => {
    const now = clock.now()
    for (const { at } of events) lag.observe(Math.max(0, now - at))
    for (const name of new Set(events.map(({ topic, key }) => channel(topic, key)))) written.emit(name)
  }

  jobs.prepare(async (database) => {
    const applied = await migrate(database, schema)
    if (applied.length > 0) app.log.info({ applied }, 'the tables were brought up to date')
  })
  jobs.onStart(async (boss) => {
    const database = jobs.database()
    const writer = createWriter({
      schema,
      projectors,
      async refuse(query, event, error) {
        await putAside(boss, query, event)
        refused.inc()
        const { topic, key, epoch, version } = event
        app.log.error({ err: error, topic, key, epoch, version }, 'an event went to the dead-letter queue')
      },
    })
    queue = await openEventQueue(boss, WORKERS[database.kind], async (query, events, sifting) => {
      tell(await writer.write(query, events, sifting))
    })
    const now = clock.now
    await scheduleRetention(boss, options.EVENTS_RETENTION_DAYS, { database, schema, projectors, now })
  })
  app.outbox.consume(async (entries) => {
    if (!queue) throw databaseUnavailable(new Error('The database has not started yet'))
    await queue.insert(toJobs(entries))
  })
  app.addHook('onClose', async () => {
    // In this order: what leaves the outbox now can still be written now.
    await app.outbox.stop()
    await queue?.stop()
  })
}

export default fp(plugin, { name: 'persistence', dependencies: ['clock', 'metrics', 'jobs', 'outbox'] })

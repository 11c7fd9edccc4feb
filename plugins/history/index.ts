import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import historyRoutes from '../../routes/history/index.ts'
import type { Query } from '../jobs/database.ts'
import { createHistory, type History } from './history.ts'
import { createSessionProjector } from './projector.ts'
import { createHistoryReader } from './reader.ts'
import { type Restored, type RestoreOptions, restoreSessions } from './restore.ts'

declare module 'fastify' {
  interface FastifyInstance {
    history: History & {
      /** Rebuilds what had not ended in an empty store. @throws DomainError STORE_NOT_EMPTY, PERSISTENCE_OFF, ... */
      restore(running: RestoreOptions['running']): Promise<Restored>
    }
  }
}

/** How long a question waits for an embedded database that is still starting, in ms. */
const START_WAIT_MS = 8000

/** Sessions in the audit log: their tables, and what can be asked of them. */
const plugin: FastifyPluginAsync = async (app) => {
  const { jobs, persistence, store } = app
  if (jobs.enabled) persistence.project('sessions', createSessionProjector(jobs.schema))

  let started = !jobs.enabled || jobs.database().kind !== 'pglite'
  const query: Query = async (sql, params) => {
    // A new one takes seconds, which a newcomer's first question should survive; after that it is there or it is away.
    if (!started) await Promise.race([jobs.ready(), sleep(START_WAIT_MS, undefined, { ref: false })])
    started = true
    jobs.boss()
    return jobs.database().query(sql, params)
  }
  app.decorate('history', {
    ...createHistory({
      reader: jobs.enabled ? createHistoryReader(query, jobs.schema) : null,
      store,
      onWritten: (id, fn) => persistence.onWritten('sessions', id, fn),
    }),
    async restore(running) {
      await persistence.settled()
      return restoreSessions({ store, query, schema: jobs.schema, running, now: app.clock.now() })
    },
  })
  await app.register(historyRoutes)
}

export default fp(plugin, { name: 'history', dependencies: ['auth', 'store', 'jobs', 'persistence'] })

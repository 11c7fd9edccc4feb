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

/** Sessions in the audit log: their tables, and what can be asked of them. */
const plugin: FastifyPluginAsync = async (app) => {
  const { jobs, persistence, store } = app
  if (jobs.enabled) persistence.project('sessions', createSessionProjector(jobs.schema))

  const query: Query = (sql, params) => {
    // Tables may not be there before, and an embedded database would keep the caller waiting while it starts.
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

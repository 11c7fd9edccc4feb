import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DomainError } from '../../engine/errors.ts'
import { failures } from '../../schemas/error.ts'
import { FeedQuery, lastIdOf } from './http.ts'

/** syncoor's clients know the first of each; the others stand beside the runs. */
const STREAMS = ['/api/v1/events', '/v1/runs/events']
const SOCKETS = ['/api/v1/tests/ws', '/v1/runs/ws']

const description =
  'JSON { id, type, run_id, timestamp, version, status, data }; type: test_start, test_progress, test_complete, ' +
  'test_stale, test_revived. With the id of the last event one had come those that followed, or a reset event when ' +
  'it is too long ago: read the list again.'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const options = (summary: string) => ({
    config: { stream: true },
    onRequest: app.auth.requireReadToken,
    schema: { tags: ['runs'], summary, description, querystring: FeedQuery, response: failures },
  })

  for (const url of STREAMS) {
    app.get(url, options('Watch all runs as Server-Sent Events'), async (request, reply) =>
      app.runs.streams.open(request, reply, lastIdOf(request)),
    )
  }

  for (const url of SOCKETS) {
    app.route({
      ...options('Watch all runs over a WebSocket'),
      method: 'GET',
      url,
      // Not async: nothing may come between this check and the upgrade that it is about.
      preHandler(request, _reply, done) {
        app.runs.sockets.admit(request)
        done()
      },
      wsHandler: (socket, request) => app.runs.sockets.accept(socket, request, lastIdOf(request)),
      handler: async () => {
        throw new DomainError('not_found', 'NOT_FOUND', 'Here is nothing to read: connect with a WebSocket')
      },
    })
  }
}

export default routes

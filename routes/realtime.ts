import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { DomainError } from '../engine/errors.ts'
import { IdParams } from '../schemas/common.ts'
import { failures } from '../schemas/error.ts'
import { ClientName, Delta } from '../schemas/realtime.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  for (const url of ['/ws', '/v1/ws']) {
    app.route({
      method: 'GET',
      url,
      config: { stream: true },
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['realtime'],
        summary: 'Watch sessions over a WebSocket: ?sessionId=UUID or ?multiplex=1',
        description:
          'Text frames of JSON. CONNECTED, then STATE_SYNC when the session exists, then STATE_UPDATE with each change. ' +
          'With multiplex=1 the socket has no session of its own and watches those that it subscribes to; client=NAME ' +
          'names it for those who look at the watchers. With delta=1 changes come as STATE_DELTA, which has what is ' +
          'new instead of the whole state. Pages give their token as a subprotocol. All messages: /docs/asyncapi.',
        response: failures,
      },
      // Not async: nothing may come between this check and the upgrade that it is about.
      preHandler(request, _reply, done) {
        app.realtime.sockets.admit(request)
        done()
      },
      wsHandler: (socket, request) => app.realtime.sockets.accept(socket, request),
      handler: async () => {
        throw new DomainError('not_found', 'NOT_FOUND', 'Here is nothing to read: connect with a WebSocket')
      },
    })
  }

  app.get(
    '/v1/sessions/:id/events',
    {
      config: { stream: true },
      onRequest: app.auth.requireReadToken,
      schema: {
        tags: ['realtime'],
        summary: 'Watch a session as Server-Sent Events',
        description:
          'First the state, then each newer one: the same JSON as over the WebSocket, with delta=1 too. Last-Event-ID ' +
          'spares what is known.',
        params: IdParams('id', 'session_id'),
        querystring: Type.Object({ client: Type.Optional(ClientName), delta: Type.Optional(Delta) }),
        response: {
          200: { description: 'The stream', content: { 'text/event-stream': { schema: Type.String() } } },
          ...failures,
        },
      },
    },
    async (request, reply) =>
      app.realtime.streams.open(
        request,
        reply,
        { topic: 'sessions', id: request.params.id },
        { name: request.query.client ?? null, delta: request.query.delta === '1' },
      ),
  )
}

export default routes

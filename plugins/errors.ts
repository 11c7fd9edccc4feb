import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError, validationError } from '../engine/errors.ts'
import { acceptJson } from './http/body.ts'
import { sendFailure } from './http/failure.ts'
import { problemsOf, type SchemaError } from './http/problems.ts'

/** Turns everything that can go wrong into the one shape of a failure; the only place where HTTP statuses are chosen. */
const plugin: FastifyPluginAsync = async (app) => {
  let closing = false

  acceptJson(app)
  app.decorateRequest('failure', undefined)
  app.setSchemaErrorFormatter((errors) => validationError(problemsOf(errors as SchemaError[])))
  app.setErrorHandler(sendFailure)
  app.setNotFoundHandler((request, reply) => sendFailure({ statusCode: 404 }, request, reply))

  app.addHook('preClose', async () => {
    closing = true
  })
  // These run for every request: with callbacks, which cost less than promises.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    // What still comes in on a connection that is open is answered as ever: the end of the server waits for it. What would
    // stay open has to go elsewhere.
    if (closing && request.routeOptions.config.stream) {
      done(new DomainError('unavailable', 'SHUTTING_DOWN', 'The server is shutting down'))
    } else done()
  })
  app.addHook('onResponse', ({ raw, ws }, _reply, done) => {
    // @fastify/websocket ends upgrades that its own hook has seen. Of one that was refused before (rate limit, overload,
    // shutdown) the socket would stay open and deaf, and a proxy would send its next request there.
    if ((raw as { upgrade?: boolean }).upgrade && !ws) raw.socket.destroy()
    done()
  })
}

export default fp(plugin, { name: 'errors' })

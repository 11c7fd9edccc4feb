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
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (closing) throw new DomainError('unavailable', 'SHUTTING_DOWN', 'The server is shutting down')
  })
}

export default fp(plugin, { name: 'errors' })

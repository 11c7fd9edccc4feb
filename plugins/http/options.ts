import type { Server } from 'node:http'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyHttpOptions } from 'fastify'
import { answerClientError } from './client-error.ts'
import { sendFailure } from './failure.ts'
import { type LogStream, logging } from './log.ts'
import { requestId } from './request-id.ts'
import { validation } from './validation.ts'

export const HttpConfigSchema = Type.Object({
  PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'Port to listen on; 0: any that is free',
    examples: [3000],
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address to listen on; 0.0.0.0: every one',
    examples: ['127.0.0.1'],
  }),
  LOG_LEVEL: Type.Union(
    (['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) =>
      Type.Literal(level),
    ),
    { default: 'info', description: 'What is logged', examples: ['info'] },
  ),
  TRUST_PROXY: Type.Optional(
    Type.String({
      format: 'network-list',
      description:
        'Proxies whose X-Forwarded-* headers are believed: addresses or CIDR ranges, comma-separated',
      examples: ['10.0.0.0/8,fd00::/8'],
    }),
  ),
  BODY_LIMIT_BYTES: Type.Integer({
    default: 65_536,
    minimum: 1024,
    maximum: 16_777_216,
    description: 'Largest body of a request; creating a session may take more, for its participants',
    examples: [65_536],
  }),
  REQUEST_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 100,
    maximum: 300_000,
    description: 'How long a request may take to arrive, in ms',
    examples: [10_000],
  }),
  SHUTDOWN_DELAY_MS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 10_000,
    description: 'How long to go on serving after SIGTERM, in ms, so that load balancers see /ready fail',
    examples: [2000],
  }),
})

export type HttpConfig = Static<typeof HttpConfigSchema>

/** The constructor options of Fastify; the rest of HTTP is in the errors plugin. `stream` takes the log in tests. */
export function serverOptions(
  config: Omit<HttpConfig, 'PORT' | 'HOST' | 'SHUTDOWN_DELAY_MS'>,
  stream?: LogStream,
): FastifyHttpOptions<Server> {
  const timeout = config.REQUEST_TIMEOUT_MS
  return {
    ...logging(config.LOG_LEVEL, stream),
    ...validation(),
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: timeout,
    // Node looks for late requests only every 30 s unless told.
    http: {
      headersTimeout: timeout,
      requestTimeout: timeout,
      connectionsCheckingInterval: Math.min(1000, timeout / 4),
    },
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    trustProxy: config.TRUST_PROXY ? config.TRUST_PROXY.split(',').map((range) => range.trim()) : false,
    genReqId: requestId,
    clientErrorHandler: answerClientError,
    // The errors plugin answers 503 itself, in the shape of every other failure.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // For addresses that cannot be decoded no route, and so no error handler, is ever reached.
    frameworkErrors: sendFailure,
  }
}

import { type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked all the time by machines: kept out of the log. */
    quiet?: boolean
  }
}

export type LogStream = { write(line: string): void }

/** One line per answered request, without its query, headers or body: those may hold tokens. */
class RequestLog extends LogController {
  override incomingRequest() {}

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply) {
    if (request.routeOptions.config.quiet) return
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        code: request.failure,
        ms: Math.round(reply.elapsedTime * 1000) / 1000,
      },
      'answered',
    )
  }
}

/** pino at `level`, to standard output or `stream`. */
export function logging(
  level: string,
  stream?: LogStream,
): Required<Pick<FastifyServerOptions, 'logger' | 'logController'>> {
  return {
    logController: new RequestLog({ requestIdLogLabel: 'request_id' }),
    logger: {
      level,
      serializers: {
        req: (request: FastifyRequest) => ({
          method: request.method,
          url: request.url.split('?', 1)[0] ?? '',
        }),
        res: (reply: { statusCode: number }) => ({ statusCode: reply.statusCode }),
        err: describe,
      },
      ...(stream && { stream }),
    },
  }
}

/** Only what is known to be harmless: ioredis, for one, hangs the whole command with its arguments on its errors. */
function describe(error: Error): { type: string; message: string; stack: string; code?: string } {
  const { code } = error as { code?: unknown }
  const cause = error.cause instanceof Error ? `\ncaused by: ${error.cause.stack}` : ''
  return {
    type: error.name,
    message: error.message,
    stack: `${error.stack}${cause}`,
    ...(typeof code === 'string' && { code }),
  }
}

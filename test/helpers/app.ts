import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Test } from 'tap'
import { buildApp, type Config, type Dependencies } from '../../app.ts'

/** An app of its own for one test: quiet, without rate limits, with an own data folder, closed at the end. */
export async function build(
  t: Test,
  settings: Partial<Config> = {},
  dependencies: Dependencies = {},
): Promise<FastifyInstance> {
  const app = await buildApp(
    {
      LOG_LEVEL: 'silent',
      RATE_LIMIT_GENERAL: 0,
      RATE_LIMIT_SWITCH: 0,
      OVERLOAD_EVENT_LOOP_DELAY_MS: 0,
      // An embedded PostgreSQL takes seconds to come up; the tests of the audit log ask for one.
      PERSISTENCE: 'off',
      ...(settings.REDIS_URL ? {} : { DATA_DIR: t.testdir() }),
      ...settings,
    },
    dependencies,
  )
  t.teardown(() => app.close())
  await app.ready()
  return app
}

export type Reply = { status: number; body: unknown; headers: Record<string, unknown> }

/** Calls a route; the body is parsed when it is JSON. */
export async function call(
  app: FastifyInstance,
  method: InjectOptions['method'],
  url: string,
  payload?: unknown,
  headers: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
): Promise<{ status: number; body: any; headers: Record<string, any> }> {
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers,
    ...(payload === undefined ? {} : { payload: payload as object }),
  })
  const json = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    body: json ? response.json() : response.body,
    headers: response.headers,
  }
}

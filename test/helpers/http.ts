import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { defaultsOf } from '../../config.ts'
import clock from '../../plugins/clock.ts'
import errors from '../../plugins/errors.ts'
import { type HttpConfig, HttpConfigSchema, serverOptions } from '../../plugins/http/options.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

export type Bare = { app: FastifyInstance; clock: FakeClock; log: Record<string, unknown>[] }

/** A server with the clock and the errors plugin, to which `extend` adds what is to be tested. Closed at the end. */
export async function bareServer(
  t: Test,
  extend: (app: FastifyInstance) => unknown,
  settings: Partial<HttpConfig> = {},
): Promise<Bare> {
  const log: Record<string, unknown>[] = []
  const fake = createFakeClock()
  const config = { ...defaultsOf(HttpConfigSchema), ...settings }
  const app: FastifyInstance = Fastify(
    serverOptions(config, { write: (line) => void log.push(JSON.parse(line)) }),
  )
  t.teardown(() => app.close())
  await app.register(clock, { clock: fake })
  await app.register(errors)
  await extend(app)
  await app.ready()
  return { app, clock: fake, log }
}

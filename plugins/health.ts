import type { Static } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError } from '../engine/errors.ts'
import healthRoutes from '../routes/health.ts'
import type { CheckSchema, ReadinessSchema } from '../schemas/health.ts'

declare module 'fastify' {
  interface FastifyInstance {
    health: Health
  }
  interface FastifyContextConfig {
    /** Lets requests of this route through while the server is shedding load. */
    pressureHandler?: () => void
  }
}

type Check = () => Promise<void>
type CheckResult = Static<typeof CheckSchema>

export type Health = {
  /** Adds a dependency to /ready. `degrades`: when the check rejects, requests can still be served without it. */
  addCheck(name: string, check: Check, options?: { degrades?: boolean }): void
  /** Adds a figure to /health, which must be known without asking anybody. */
  addCount(name: string, count: () => number): void
  /** Such a figure; 0 when no capability has it. */
  count(name: string): number
  /** From now on not ready: no new requests are wanted, and connections end with their next answer. */
  drain(): void
  /** Asks all dependencies at once; takes at most CHECK_TIMEOUT_MS. */
  readiness(): Promise<Static<typeof ReadinessSchema>>
}

/** A dependency that has not answered by then is taken for failed, in ms. */
const CHECK_TIMEOUT_MS = 2000

const plugin: FastifyPluginAsync = async (app) => {
  const { clock } = app
  const checks = new Map<string, { check: Check; degrades: boolean; running: Promise<void> | null }>()
  const counts = new Map<string, () => number>()
  let draining = false

  const late = (): { promise: Promise<never>; cancel: () => void } => {
    const { promise, reject } = Promise.withResolvers<never>()
    const cancel = clock.at(clock.now() + CHECK_TIMEOUT_MS, () =>
      reject(new DomainError('unavailable', 'CHECK_TIMEOUT', `no answer within ${CHECK_TIMEOUT_MS} ms`)),
    )
    return { promise, cancel }
  }

  const ask = async (name: string): Promise<CheckResult> => {
    const entry = checks.get(name)
    if (!entry) return { status: 'ok' }
    // A check that hangs is not started again by everyone who asks meanwhile.
    entry.running ??= Promise.try(entry.check).finally(() => {
      entry.running = null
    })
    const { promise, cancel } = late()
    try {
      await Promise.race([entry.running, promise])
      return { status: 'ok' }
    } catch (error) {
      app.log.warn({ err: error, check: name }, 'a dependency is not well')
      // Other errors' texts may hold addresses and names that are nobody's business.
      const message = error instanceof DomainError ? error.message : 'the check failed'
      return { status: entry.degrades ? 'degraded' : 'failed', message }
    } finally {
      cancel()
    }
  }

  app.decorate('health', {
    addCheck: (name, check, { degrades = false } = {}) => {
      checks.set(name, { check, degrades, running: null })
    },
    addCount: (name, count) => {
      counts.set(name, count)
    },
    count: (name) => counts.get(name)?.() ?? 0,
    drain: () => {
      draining = true
    },
    readiness: async () => {
      const names = [...checks.keys()]
      const results = await Promise.all(names.map(ask))
      const all = Object.fromEntries(names.map((name, i) => [name, results[i] as CheckResult]))
      if (draining) all.server = { status: 'failed', message: 'shutting down' }
      const ready = Object.values(all).every(({ status }) => status !== 'failed')
      return { status: ready ? 'ready' : 'not_ready', checks: all }
    },
  })
  app.addHook('preClose', async () => {
    draining = true
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A connection that a proxy keeps would carry a request into the very end of the server, where it is lost, or hold
    // that end up for as long as the proxy likes.
    if (draining) reply.header('connection', 'close')
    done(null, payload)
  })
  await app.register(healthRoutes)
}

export default fp(plugin, { name: 'health', dependencies: ['clock', 'errors'] })

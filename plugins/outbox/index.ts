import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DomainError } from '../../engine/errors.ts'
import type { OutboxConfig } from './config.ts'
import { type Consumer, createOutboxLoop } from './loop.ts'

export { OutboxConfigSchema } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    outbox: OutboxFeed
  }
}

export type OutboxFeed = {
  /** Adds a consumer of all events; only while plugins are being registered. */
  consume(consumer: Consumer): void
  /** Hands over what is left, for at most DRAIN_MS, and stops. Idempotent; called when the server closes. */
  stop(): Promise<void>
}

/** The outbox's share of the shutdown, in ms. */
const DRAIN_MS = 5000
/** How old the backlog that metrics and /ready tell may be, in ms: counting it is a call per partition. */
const BACKLOG_AGE_MS = 1000

const plugin: FastifyPluginAsync<OutboxConfig> = async (app, { OUTBOX_DEGRADED_AT }) => {
  const { client } = app.metrics
  const registers = [client.register]
  const consumers: Consumer[] = []
  const outbox = app.store.outbox()

  let counted: { at: number; backlog: Promise<number> } | null = null
  const backlog = (): Promise<number> => {
    if (!counted || performance.now() - counted.at > BACKLOG_AGE_MS) {
      counted = { at: performance.now(), backlog: outbox.backlog() }
    }
    return counted.backlog
  }

  const lag = new client.Gauge({
    name: 'synckairos_outbox_lag_ms',
    help: 'Age of the oldest event when its batch was last taken from the outbox, in ms',
    registers,
  })
  const taken = new client.Counter({
    name: 'synckairos_outbox_events_total',
    help: 'Events that this instance has taken from the outbox, repetitions included',
    registers,
  })
  const failures = new client.Counter({
    name: 'synckairos_outbox_failures_total',
    help: 'Attempts to take or hand over a batch that failed; they are repeated',
    registers,
  })

  const loop = createOutboxLoop({
    outbox,
    consumers,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    onClaimed(entries) {
      taken.inc(entries.length)
      const oldest = Math.min(...entries.map(({ event }) => event.at))
      lag.set(Math.max(0, app.clock.now() - oldest))
    },
    onFailure(error) {
      failures.inc()
      app.log.debug({ err: error }, 'a batch of events stays in the outbox for now')
    },
  })

  app.decorate('outbox', {
    consume: (consumer) => consumers.push(consumer),
    stop: () => loop.stop(DRAIN_MS),
  })
  app.addHook('onReady', async () => {
    // Events that nobody takes must stay, not be acknowledged.
    if (consumers.length > 0) loop.start()
  })
  app.addHook('onClose', () => loop.stop(DRAIN_MS))
  if (!app.jobs.enabled) return

  new client.Gauge({
    name: 'synckairos_outbox_backlog',
    help: 'Events that were committed and are not in the database yet, on all instances together',
    registers,
    async collect() {
      const waiting = await backlog().catch(() => null)
      if (waiting !== null) this.set(waiting)
    },
  })
  app.health.addCheck(
    'outbox',
    async () => {
      const waiting = await backlog()
      if (waiting < OUTBOX_DEGRADED_AT) return
      throw new DomainError('unavailable', 'OUTBOX_BACKLOG', `${waiting} events wait for the database`)
    },
    { degrades: true },
  )
}

export default fp(plugin, {
  name: 'outbox',
  dependencies: ['clock', 'metrics', 'health', 'store', 'jobs'],
})

import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Cancel } from './clock.ts'
import type { Key } from './store/state-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    deadlines: Deadlines
  }
}

/** Called at a key's deadline, and again until the key has no deadline in the past. Safe to call too often. */
export type DeadlineHandler = (id: string, deadline: number) => Promise<void>

export type Deadlines = {
  /** Who handles the deadlines of a topic. */
  handle(topic: string, handler: DeadlineHandler): void
  /** Sets the timer of a key whose deadline (ms) this instance has just committed; null takes it away. */
  arm(key: Key, deadline: number | null): void
}

/** How often the store is searched for deadlines that no living instance has a timer for, in ms. */
const SWEEP_INTERVAL_MS = 100
/** How long past a deadline the instance that set it has for itself, in ms. As long as all is well none is that old. */
const GRACE_MS = 100
/** How many deadlines are read at once. */
const SWEEP_LIMIT = 500
/** How long a failed handler waits for its next try, in ms. */
const RETRY_MS = 1000

const plugin: FastifyPluginAsync = async (app) => {
  const { clock, store } = app
  const handlers = new Map<string, DeadlineHandler>()
  const timers = new Map<string, { deadline: number; cancel: Cancel }>()
  const running = new Map<string, Promise<void>>()
  let sweeping: Promise<void> | null = null
  let closed = false

  const lateness = new app.metrics.client.Histogram({
    name: 'synckairos_deadline_lateness_ms',
    help: 'How long after its instant a deadline was taken up, in ms',
    labelNames: ['topic'],
    buckets: [1, 2, 3, 5, 10, 25, 50, 100, 250, 1000, 5000],
    registers: [app.metrics.client.register],
  })

  const name = ({ topic, id }: Key) => `${topic} ${id}`

  const fire = async (key: Key, deadline: number): Promise<void> => {
    const handler = handlers.get(key.topic)
    if (!handler || closed) return
    lateness.observe({ topic: key.topic }, Math.max(0, clock.precise() - deadline))
    try {
      await handler(key.id, deadline)
    } catch (error) {
      app.log.warn({ err: error, ...key, deadline }, 'a deadline could not be handled; it is tried again')
      if (!timers.has(name(key))) set(key, deadline, clock.now() + RETRY_MS)
    }
  }

  const run = (key: Key, deadline: number): Promise<void> => {
    const done = fire(key, deadline).finally(() => {
      if (running.get(name(key)) === done) running.delete(name(key))
    })
    running.set(name(key), done)
    return done
  }

  const set = (key: Key, deadline: number, at: number): void => {
    const cancel = clock.at(at, () => {
      timers.delete(name(key))
      void run(key, deadline)
    })
    timers.set(name(key), { deadline, cancel })
  }

  /** Takes up what is overdue and in nobody's hands here, batch by batch. */
  const search = async (): Promise<void> => {
    for (;;) {
      const due = await store.due(clock.now() - GRACE_MS, SWEEP_LIMIT)
      if (closed) return
      const orphaned = due.filter(({ key, deadline }) => {
        // A timer of its own may be for a later deadline, which another instance has replaced since.
        const timed = (timers.get(name(key))?.deadline ?? Number.POSITIVE_INFINITY) <= deadline
        return handlers.has(key.topic) && !timed && !running.has(name(key))
      })
      await Promise.all(orphaned.map(({ key, deadline }) => run(key, deadline)))
      if (orphaned.length === 0 || due.length < SWEEP_LIMIT) return
    }
  }

  const sweep = (): void => {
    sweeping ??= search()
      .catch((error) => app.log.debug({ err: error }, 'the store cannot be searched for deadlines'))
      .finally(() => {
        sweeping = null
      })
  }

  app.decorate('deadlines', {
    handle: (topic, handler) => handlers.set(topic, handler),
    arm(key, deadline) {
      timers.get(name(key))?.cancel()
      timers.delete(name(key))
      if (deadline !== null && !closed) set(key, deadline, deadline)
    },
  })

  let stopSweeping: Cancel = () => {}
  app.addHook('onReady', async () => {
    sweep()
    stopSweeping = clock.every(SWEEP_INTERVAL_MS, sweep)
  })
  app.addHook('preClose', async () => {
    closed = true
    stopSweeping()
    for (const { cancel } of timers.values()) cancel()
    timers.clear()
    await Promise.allSettled([...running.values(), sweeping])
  })
}

export default fp(plugin, { name: 'deadlines', dependencies: ['clock', 'store', 'metrics'] })

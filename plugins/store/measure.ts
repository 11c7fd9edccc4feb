import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import type { StateStore } from './state-store.ts'

type Method = (...args: unknown[]) => Promise<unknown>

/** The same store, with the latency and the failures of each operation counted. */
export function measureStore(
  store: StateStore,
  clock: Clock,
  client: FastifyInstance['metrics']['client'],
): StateStore {
  const registers = [client.register]
  const duration = new client.Histogram({
    name: 'synckairos_store_operation_duration_ms',
    help: 'How long the operations of the state store take, in ms',
    labelNames: ['operation'],
    buckets: [0.5, 1, 2, 3, 5, 10, 25, 50, 100, 250, 1000],
    registers,
  })
  const errors = new client.Counter({
    name: 'synckairos_store_errors_total',
    help: 'Operations of the state store that failed',
    labelNames: ['operation'],
    registers,
  })

  const measured = (operation: string, method: Method): Method => {
    const succeeded = duration.labels({ operation })
    return async (...args) => {
      const started_at = clock.precise()
      try {
        return await method(...args)
      } catch (error) {
        errors.inc({ operation })
        throw error
      } finally {
        succeeded.observe(clock.precise() - started_at)
      }
    }
  }
  const methods = Object.entries(store).map(([name, method]) => {
    return [name, name === 'outbox' ? method : measured(name, method as Method)]
  })
  return Object.fromEntries(methods) as StateStore
}

import type { FastifyInstance } from 'fastify'
import type { Runs } from './service.ts'

const GAUGES = {
  block: 'Block of the execution client',
  slot: 'Slot of the consensus client',
  exec_peers: 'Peers of the execution client',
  cons_peers: 'Peers of the consensus client',
  exec_sync_percent: 'How far the execution client has synced',
  cons_sync_percent: 'How far the consensus client has synced',
  exec_disk_usage: 'Bytes on disk of the execution client',
  cons_disk_usage: 'Bytes on disk of the consensus client',
  exec_memory_usage: 'Bytes of memory of the execution client',
  cons_memory_usage: 'Bytes of memory of the consensus client',
} as const

const labelNames = ['run_id', 'network', 'el', 'cl'] as const

/**
 * What the running runs report, for Prometheus: one series for each run and metric, at most `limit` runs, the newest.
 * Read from the store when asked for, so that a run that has ended is gone on every instance.
 */
export function registerRunGauges(
  client: FastifyInstance['metrics']['client'],
  runs: Pick<Runs, 'running'>,
  limit: number,
): void {
  const registers = [client.register]
  const gauge = (name: string, help: string, collect?: () => Promise<void>) =>
    new client.Gauge({
      name: `synckairos_run_${name}`,
      help,
      labelNames,
      registers,
      ...(collect && { collect }),
    })

  const duration = gauge('elapsed_seconds', 'Time from the start of a run to its newest report', refresh)
  const gauges = Object.entries(GAUGES).map(([name, help]) => ({ name, gauge: gauge(name, help, refreshed) }))
  let refreshing = Promise.resolve()

  /** The registry collects all gauges at once; the first of them reads for the others. */
  function refreshed() {
    return refreshing
  }

  function refresh() {
    refreshing = read()
    return refreshing
  }

  async function read() {
    const states = limit === 0 ? [] : await runs.running(limit).catch(() => [])
    duration.reset()
    for (const { gauge } of gauges) gauge.reset()
    for (const { run_id, network, el_client, cl_client, current, start_at } of states) {
      const labels = { run_id, network, el: el_client.type, cl: cl_client.type }
      duration.set(labels, Math.max(0, (current?.at ?? start_at) - start_at) / 1000)
      for (const { name, gauge } of gauges) {
        const value = current?.metrics[name]
        if (typeof value === 'number') gauge.set(labels, value)
      }
    }
  }
}

/** Who watches the runs on this instance. */
export function registerReaderGauge(
  client: FastifyInstance['metrics']['client'],
  readers: Record<string, { readonly size: number }>,
): void {
  new client.Gauge({
    name: 'synckairos_run_readers',
    help: 'Open WebSockets and event streams on the feed of runs',
    labelNames: ['transport'],
    registers: [client.register],
    collect() {
      for (const [transport, { size }] of Object.entries(readers)) this.set({ transport }, size)
    },
  })
}

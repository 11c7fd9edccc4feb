import type { FastifyInstance } from 'fastify'
import type { Hub } from './hub.ts'

/** What the connections report. */
export type RealtimeMetrics = { received(): void; sent(): void; slow(): void }

type Client = FastifyInstance['metrics']['client']

/** Counts in plain numbers, which are handed over when they are asked for: a broadcast counts a thousand times. */
export function createRealtimeMetrics({ Counter, register }: Client): RealtimeMetrics {
  const registers = [register]
  const counts = { in: 0, out: 0, slow: 0 }
  new Counter({
    name: 'synckairos_realtime_messages_total',
    help: 'Messages over WebSocket and SSE',
    labelNames: ['direction'],
    registers,
    collect() {
      this.reset()
      this.inc({ direction: 'in' }, counts.in)
      this.inc({ direction: 'out' }, counts.out)
    },
  })
  new Counter({
    name: 'synckairos_realtime_slow_readers_total',
    help: 'Readers that were ended because they did not keep up',
    registers,
    collect() {
      this.reset()
      this.inc(counts.slow)
    },
  })
  return {
    received: () => void counts.in++,
    sent: () => void counts.out++,
    slow: () => void counts.slow++,
  }
}

type Counted = { hub: Hub; sockets: { readonly size: number }; streams: { readonly size: number } }

/** Gauges are read when they are asked for, so that they cannot drift from what is there. */
export function observe({ Gauge, register }: Client, { hub, sockets, streams }: Counted): void {
  const registers = [register]
  new Gauge({
    name: 'synckairos_sockets',
    help: 'Open WebSockets and event streams',
    labelNames: ['transport'],
    registers,
    collect() {
      this.set({ transport: 'ws' }, sockets.size)
      this.set({ transport: 'sse' }, streams.size)
    },
  })
  new Gauge({
    name: 'synckairos_realtime_subscriptions',
    help: 'Subscriptions of all sockets and streams',
    registers,
    collect() {
      this.set(hub.subscriptions)
    },
  })
}

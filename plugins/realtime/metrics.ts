import type { FastifyInstance } from 'fastify'
import type { Hub } from './hub.ts'

/** What the connections report. */
export type RealtimeMetrics = { received(): void; sent(): void; slow(): void }

type Client = FastifyInstance['metrics']['client']

export function createRealtimeMetrics({ Counter, register }: Client): RealtimeMetrics {
  const registers = [register]
  const messages = new Counter({
    name: 'synckairos_realtime_messages_total',
    help: 'Messages over WebSocket and SSE',
    labelNames: ['direction'],
    registers,
  })
  const slow = new Counter({
    name: 'synckairos_realtime_slow_readers_total',
    help: 'Readers that were ended because they did not keep up',
    registers,
  })
  const received = messages.labels('in')
  const sent = messages.labels('out')
  return { received: () => received.inc(), sent: () => sent.inc(), slow: () => slow.inc() }
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

import { type Static, Type } from '@sinclair/typebox'
import { RealtimeConfigSchema } from '../realtime/config.ts'

const Count = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description, examples: [value] })

export const RunsConfigSchema = Type.Object({
  RUN_RETENTION_HOURS: Count(24, 1, 87_600, 'How long finished runs stay; the audit log keeps them longer'),
  RUN_MAX_FINISHED: Count(1000, 0, 100_000, 'How many finished runs stay; the oldest go first'),
  RUN_METRICS_MAX: Count(200, 0, 10_000, 'How many running runs have gauges of their own in /metrics'),
  RUN_FEED_EVENTS: Count(
    2000,
    0,
    1_000_000,
    'How many events of runs can be replayed to a reader that comes back',
  ),
  // The readers of runs are held to what holds for the readers of sessions.
  ...Type.Pick(RealtimeConfigSchema, [
    'WS_MAX_BUFFERED_BYTES',
    'SLOW_READER_TIMEOUT_MS',
    'WS_MAX_MESSAGES_PER_SECOND',
    'WS_MAX_SOCKETS_PER_IP',
    'SSE_MAX_STREAMS_PER_IP',
  ]).properties,
})

export type RunsConfig = Static<typeof RunsConfigSchema>

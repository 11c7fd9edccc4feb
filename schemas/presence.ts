import { type Static, Type } from '@sinclair/typebox'
import { Instant, Nullable, Strict } from './common.ts'

const Partial = Type.Boolean({
  description: 'true: other instances could not all be asked, and what is told here may lack theirs',
})

export const WatcherSchema = Strict(
  {
    id: Type.String({ description: 'Of the socket or stream, for as long as it is open' }),
    name: Nullable(Type.String({ description: 'What it calls itself with ?client=' })),
    transport: Type.Union([Type.Literal('websocket'), Type.Literal('sse')]),
    instance: Type.String({ description: 'The id of the instance that it is connected to' }),
    connected_at: Instant('Since when it is connected'),
  },
  { $id: 'Watcher' },
)
export type Watcher = Static<typeof WatcherSchema>

export const WatchersSchema = Strict(
  {
    total: Type.Integer({ description: 'How many there are on all instances' }),
    partial: Partial,
    watchers: Type.Array(WatcherSchema, {
      maxItems: 100,
      description: 'Those that are connected the longest',
    }),
  },
  { $id: 'Watchers' },
)
export type Watchers = Static<typeof WatchersSchema>

const Rate = (what: string) => Type.Number({ description: `${what} per second, over the last 10 s` })
const Latency = (what: string) =>
  Nullable(
    Type.Number({
      description: `${what}, in ms, over the last 10 s; null when there were none, streams left out`,
    }),
  )
const Count = (description: string) => Type.Integer({ minimum: 0, description })

export const FiguresSchema = Strict({
  requests_per_second: Rate('Answered requests'),
  switches_per_second: Rate('Switches that took effect'),
  errors_per_second: Rate("Requests that failed by the server's fault (5xx)"),
  p50_ms: Latency('What half of the requests took at most'),
  p99_ms: Latency('What 99 % of the requests took at most'),
  event_loop_lag_ms: Type.Number({ description: 'How late timers are, on average, in ms' }),
  cpu_percent: Type.Number({ description: 'Of one core, over the last 10 s' }),
  heap_bytes: Count('JavaScript heap in use'),
  rss_bytes: Count('Memory of the process'),
  sockets: Count('Open WebSockets'),
  streams: Count('Open event streams'),
  subscriptions: Count('Sessions watched, counted once for each socket and stream'),
  outbox_pending: Nullable(Count('Events that are not in the database yet, on all instances together')),
  jobs_pending: Nullable(Count('Jobs that wait or are worked on, on all instances together')),
})
export type Figures = Static<typeof FiguresSchema>

export const InstanceSchema = Strict(
  {
    id: Type.String({ description: 'Another one after each start' }),
    host: Type.String({ description: 'Name of the machine or container' }),
    pid: Type.Integer(),
    version: Type.String({ description: 'Of the server' }),
    node: Type.String({ description: 'Of Node.js' }),
    store: Type.Union([Type.Literal('embedded'), Type.Literal('redis')]),
    started_at: Instant('The start of this server'),
    seen_at: Instant('When it last said so'),
    figures: FiguresSchema,
  },
  { $id: 'Instance' },
)
export type Instance = Static<typeof InstanceSchema>

export const InstancesSchema = Strict(
  { instances: Type.Array(InstanceSchema, { description: 'The oldest first' }), partial: Partial },
  { $id: 'Instances' },
)
export type Instances = Static<typeof InstancesSchema>
